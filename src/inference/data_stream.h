#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>

#include "data/preprocessing.h"
#include "data/training_range.h"
#include "engine/row_loop.h"
#include "inference/label_stream.h"
#include "io/formats/rows.h"

namespace ae {

/// Rows of any file of a known format as input of a trained model, in the file's order and in
/// bounded memory. Columns of a table are matched by name. Row numbers count from 0.
class DataStream : public ChunkReader {
 public:
  struct Options {
    int64_t chunk_rows;            ///< at most
    at::Device device = at::kCPU;  ///< of gathered rows
  };

  /// @throws Error(data) if the file cannot be read or its rows do not fit the model
  DataStream(const std::filesystem::path& path, const Preprocessing& preprocessing,
             const Options& options);

  /// Gives chunks these labels. @param labels must outlive this
  void add_labels(LabelStream& labels) { labels_ = &labels; }
  /// Reads the next rows; they are scaled when gathered, which threads may do beside each other.
  std::optional<RowChunk> next() override;
  /// One line on the rows read so far that lie outside the range of the training rows.
  std::optional<std::string> outside_training_range() const {
    return range_.finding(path_, reader_->first_line());
  }
  /// How the file's rows became the model's.
  const Arrangement& arrangement() const { return arrangement_; }
  /// Number of rows, if the format declares it.
  std::optional<int64_t> count() const { return reader_->info().count; }

 private:
  /// The model's features, float32, of rows as they were read.
  std::unique_ptr<std::byte[]> features_of(std::byte* rows, int64_t count) const;

  std::unique_ptr<RowReader> reader_;
  std::string path_;
  Arrangement arrangement_;
  RangeCheck range_;
  Scaling scaling_;
  std::shared_ptr<const Features> features_;
  Options options_;
  LabelStream* labels_ = nullptr;
  int64_t rows_read_ = 0;
};

/// Number of rows to process at a time: 16 MB of float32 in the widest layer, at most 4,096 rows.
/// @param widest  values of one row in the widest layer
int64_t stream_rows(int64_t widest);

}  // namespace ae
