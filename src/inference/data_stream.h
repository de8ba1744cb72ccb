#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "data/preprocessing.h"
#include "data/training_range.h"
#include "data/where.h"
#include "engine/row_loop.h"
#include "inference/label_stream.h"
#include "io/formats/csv.h"
#include "io/formats/rows.h"

namespace ae {

/// Rows of any file of a known format as input of a trained model, in the file's order and in
/// bounded memory. Columns of a table are matched by name. Row numbers count from 0.
class DataStream : public ChunkReader {
 public:
  struct Options {
    int64_t chunk_rows;                 ///< at most
    at::Device device = at::kCPU;       ///< of gathered rows
    std::vector<std::string> ids = {};  ///< columns of ids; those that the file has are read
    Where where = {};                   ///< rows to deliver; the others are passed over
    bool keeps_values = false;          ///< DeliveredRows::values
  };
  /// The rows of a chunk, as the file has them.
  struct DeliveredRows {
    std::vector<int64_t> rows;  ///< numbers in the file
    TextColumns ids;            ///< of id_columns()
    at::Tensor values;          ///< [n, C] float64, NaN at gaps; undefined unless they are kept
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
  /// Names of the file's columns of ids.
  const std::vector<std::string>& id_columns() const { return id_columns_; }
  /// The rows of the next chunk, in their order, each of which is given once. Thread-safe.
  DeliveredRows delivered();
  /// Number of rows, if the format declares it.
  std::optional<int64_t> count() const { return reader_->info().count; }

 private:
  /// The model's features, float32, of rows as they were read.
  std::unique_ptr<std::byte[]> features_of(std::byte* rows, int64_t count) const;

  void open(const std::filesystem::path& path, const Preprocessing& preprocessing);
  /// Places in the last read() of the rows that the conditions accept.
  std::vector<int64_t> accepted(int64_t count) const;
  void keep(const std::vector<int64_t>& places, const at::Tensor& values);
  void check_places(const std::byte* rows, const std::vector<int64_t>& places, int64_t row_bytes,
                    DType element);

  std::unique_ptr<RowReader> reader_;
  std::string path_;
  Arrangement arrangement_;
  RangeCheck range_;
  Scaling scaling_;
  std::shared_ptr<const Features> features_;
  Options options_;
  LabelStream* labels_ = nullptr;
  int64_t rows_read_ = 0;
  std::vector<std::string> id_columns_;
  std::optional<RowFilter> filter_;  // of options_.where
  std::mutex mutex_;
  std::deque<DeliveredRows> delivered_;  // and not asked for
};

/// [n] int64
at::Tensor long_tensor(const std::vector<int64_t>& values);

/// Number of rows to process at a time: 16 MB of float32 in the widest layer, at most 4,096 rows.
/// @param widest  values of one row in the widest layer
int64_t stream_rows(int64_t widest);

}  // namespace ae
