#include "inference/encode_outputs.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/where.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/error.h"
#include "report/picture.h"

namespace ae {
namespace {

constexpr int64_t kPictured = 100;  // maximum number of rows in a .png
constexpr int64_t kNamed = 3;       // columns most at fault in a line of scores

std::string text_of(double value) {
  char number[32];
  const auto [end, error] = std::to_chars(number, number + sizeof(number), value);
  return {number, end};
}

std::vector<std::string> score_columns(bool decides, int64_t named,
                                       const std::vector<std::string>& ids) {
  std::vector<std::string> names = with_ids({"row"}, ids);
  names.emplace_back("score");
  if (decides) names.emplace_back("anomaly");
  for (int64_t i = 1; i <= named; ++i) {
    names.push_back(fmt::format("column_{}", i));
    names.push_back(fmt::format("share_{}", i));
  }
  return names;
}

}  // namespace

std::filesystem::path beside(const std::filesystem::path& path, const std::string& what) {
  std::filesystem::path other = path;
  return other.replace_extension("." + what + path.extension().string());
}

CodeOutputs::CodeOutputs(const std::filesystem::path& out, const std::vector<OutputColumns>& all,
                         const std::vector<std::string>& ids)
    : together_(is_csv(out)) {
  std::vector<std::string> columns;
  for (const OutputColumns& quantity : all) {
    columns.insert(columns.end(), quantity.columns.begin(), quantity.columns.end());
    if (together_) continue;
    const bool first = outputs_.empty();
    files_.push_back(first ? out : beside(out, quantity.name));
    std::vector<int64_t> shape;
    if (!quantity.scalar) shape.push_back(static_cast<int64_t>(quantity.columns.size()));
    outputs_.push_back(open_row_output(files_.back(), shape, {}));
  }
  if (!together_) return;
  files_.push_back(out);
  outputs_.push_back(open_row_output(out, {}, columns, NpyType::float32, ids));
}

void CodeOutputs::write(const std::vector<at::Tensor>& values, const TextColumns& ids) {
  if (together_) return outputs_.front()->write(at::cat(values, 1), ids);
  for (size_t i = 0; i < values.size(); ++i) outputs_[i]->write(values[i]);
}

void CodeOutputs::commit() {
  for (const auto& output : outputs_) output->commit();
}

ReconstructionOutput::ReconstructionOutput(const TrainedModel& trained,
                                           const std::filesystem::path& path, bool fill,
                                           const std::vector<std::string>& ids)
    : trained_(trained), path_(path), fill_(fill) {
  const Preprocessing& data = trained.info.preprocessing.output();
  const bool has_gaps = data.features != nullptr && data.features->missing().type() != "refuse";
  if (fill && !has_gaps) {
    throw usage_error(
        "{}: --fill needs a model that reads missing values; train it with data.missing, such as "
        "\"mask\"",
        trained.checkpoint.string());
  }
  if (path.extension() != ".png") {
    output_ = trained.open_data_output(path, ids);
    return;
  }
  if (!Picture::can_draw(data.shape)) {
    throw usage_error(
        "--reconstruction {}: rows of this shape cannot be drawn; choose a .npy or .csv",
        path.string());
  }
  max_pictured_ = std::min(kPictured, Picture::max_rows(data.shape));
}

void ReconstructionOutput::write(const at::Tensor& decoded, const DataStream::DeliveredRows& rows) {
  if (output_) {
    const at::Tensor restored = trained_.info.preprocessing.output().restored(decoded);
    return output_->write(fill_ ? at::where(rows.values.isnan(), restored, rows.values) : restored,
                          rows.ids);
  }
  if (pictured_rows_ >= max_pictured_) return;
  pictured_.push_back(
      decoded.narrow(0, 0, std::min(decoded.size(0), max_pictured_ - pictured_rows_)));
  pictured_rows_ += pictured_.back().size(0);
}

void ReconstructionOutput::commit() {
  if (output_) return output_->commit();
  const at::Tensor rows = at::cat(pictured_);
  check_finite_rows(path_, rows);
  const auto [low, high] = drawn_range(rows);
  Picture(trained_.info.preprocessing.output().shape, low, high)
      .write(path_, rows, square_columns(rows.size(0)));
}

ScoreOutput::ScoreOutput(const std::filesystem::path& path, const AnomalyScore& score,
                         const std::optional<ScoreThreshold>& threshold,
                         const std::vector<std::string>& ids)
    : path_(path),
      score_(score),
      threshold_(threshold),
      named_(std::min(kNamed, static_cast<int64_t>(score.parts().size()))),
      writer_(path, score_columns(threshold.has_value(), named_, ids)) {}

void ScoreOutput::write(const at::Tensor& scores, const at::Tensor& shares,
                        const DataStream::DeliveredRows& rows) {
  const auto [most, places] = shares.topk(named_, 1);
  const auto score = scores.accessor<double, 1>();
  const auto share = most.accessor<double, 2>();
  const auto place = places.accessor<int64_t, 2>();
  std::vector<std::string> fields;
  for (int64_t i = 0; i < scores.size(0); ++i) {
    const auto at = static_cast<size_t>(i);
    if (!std::isfinite(score[i])) {
      throw data_error(
          "{}: the score of row {} would not be finite: the model's weights are damaged, or the "
          "row is far from the data that it was trained on",
          path_.string(), rows.rows[at]);
    }
    fields.assign({std::to_string(rows.rows[at])});
    for (const auto& column : rows.ids) fields.push_back(column[at]);
    fields.push_back(text_of(score[i]));
    if (threshold_) {
      const bool is_anomaly = score[i] > threshold_->value;
      anomalies_ += is_anomaly ? 1 : 0;
      fields.emplace_back(is_anomaly ? "1" : "0");
    }
    for (int64_t k = 0; k < named_; ++k) {
      fields.push_back(score_.parts()[static_cast<size_t>(place[i][k])]);
      fields.push_back(fmt::format("{:.4f}", share[i][k]));
    }
    writer_.write(fields);
  }
}

}  // namespace ae
