#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "inference/anomaly_score.h"
#include "inference/data_stream.h"
#include "inference/row_output.h"
#include "inference/score_threshold.h"
#include "inference/trained_model.h"
#include "io/formats/csv.h"

namespace ae {

/// A quantity of each row that ae-encode writes beside the codes.
struct OutputColumns {
  std::string name;                  ///< "log_variance"
  std::vector<std::string> columns;  ///< "log_variance_0", …
  bool scalar = false;               ///< one number per row: an array of one axis
};

/// Output of codes and further quantities: columns of one CSV file, or one .npy file each.
class CodeOutputs {
 public:
  /// @param all  the codes first
  /// @param ids  names of columns of ids, for .csv
  CodeOutputs(const std::filesystem::path& out, const std::vector<OutputColumns>& all,
              const std::vector<std::string>& ids);

  /// @param values  one tensor for each quantity, [n, columns]
  void write(const std::vector<at::Tensor>& values, const TextColumns& ids);
  void commit();
  const std::vector<std::filesystem::path>& files() const { return files_; }

 private:
  bool together_;
  std::vector<std::filesystem::path> files_;
  std::vector<std::unique_ptr<RowOutput>> outputs_;
};

/// Output of decoded rows in the data's own units: all to a file, or the first to a picture.
class ReconstructionOutput {
 public:
  /// @param fill  values that are not missing stay as the file has them
  /// @throws Error(usage) if such rows cannot be drawn, or the model's rows have no gaps
  ReconstructionOutput(const TrainedModel& trained, const std::filesystem::path& path, bool fill,
                       const std::vector<std::string>& ids);

  /// @param decoded  [n, D] scaled data
  void write(const at::Tensor& decoded, const DataStream::DeliveredRows& rows);
  void commit();

 private:
  const TrainedModel& trained_;
  std::filesystem::path path_;
  bool fill_;
  std::unique_ptr<RowOutput> output_;
  std::vector<at::Tensor> pictured_;
  int64_t pictured_rows_ = 0;
  int64_t max_pictured_ = 0;
};

/// Output of anomaly scores, a line for each row: its number and ids, the score, the decision if
/// there is a threshold, and the columns that add most to the score with their shares.
class ScoreOutput {
 public:
  ScoreOutput(const std::filesystem::path& path, const AnomalyScore& score,
              const std::optional<ScoreThreshold>& threshold, const std::vector<std::string>& ids);

  /// @param scores  [n] float64  @param shares  [n, parts] float64
  void write(const at::Tensor& scores, const at::Tensor& shares,
             const DataStream::DeliveredRows& rows);
  void commit() { writer_.commit(); }
  /// Rows above the threshold.
  int64_t anomalies() const { return anomalies_; }

 private:
  std::filesystem::path path_;
  const AnomalyScore& score_;
  std::optional<ScoreThreshold> threshold_;
  int64_t named_;  // columns in a line
  CsvWriter writer_;
  int64_t anomalies_ = 0;
};

/// Path with `what` before its extension: "codes.log_variance.npy" for "codes.npy".
std::filesystem::path beside(const std::filesystem::path& path, const std::string& what);

}  // namespace ae
