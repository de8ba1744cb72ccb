#include "inference/anomaly_score.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <array>

#include "core/error.h"
#include "inference/data_stream.h"
#include "inference/row_output.h"

namespace ae {
namespace {

/// Each row divided by its sum; zeros stay.
at::Tensor shares_of(const at::Tensor& rows) {
  const at::Tensor totals = rows.sum(1, /*keepdim=*/true);
  return rows / totals.masked_fill(totals.eq(0), 1);
}

/// Place in the file's order of each value in the model's order.
std::vector<int64_t> places_in_file(const Preprocessing& preprocessing) {
  std::vector<int64_t> places(static_cast<size_t>(preprocessing.width()));
  const int64_t channels = preprocessing.channels_last ? preprocessing.shape.front() : 1;
  const int64_t pixels = preprocessing.width() / channels;
  for (int64_t i = 0; i < preprocessing.width(); ++i) {
    places[static_cast<size_t>(i)] = i % pixels * channels + i / pixels;
  }
  return places;
}

}  // namespace

std::span<const std::string> score_names() {
  static const std::array<std::string, 2> kNames = {"loss", "rmse"};
  return kNames;
}

AnomalyScore::AnomalyScore(const std::string& name, const Experiment& experiment,
                           const Preprocessing& preprocessing)
    : preprocessing_(preprocessing), is_loss_(name == "loss") {
  const Features* features = preprocessing.features.get();
  if (is_loss_) {
    const auto& loss = experiment.objective.reconstruction;
    unit_ = fmt::format("{}, {}", loss.type(), loss->unit());
    const bool prepared = features != nullptr || !preprocessing.scaling.is_identity();
    unit_ += prepared ? ", of preprocessed values" : ", of values as in the file";
    name_parts();
    return;
  }
  unit_ = "root mean squared error of the numeric columns, in the data's units";
  const std::string lost = features != nullptr ? features->irreversible() : "";
  if (!lost.empty()) {
    throw usage_error(
        "--score rmse: data.preprocessing {} took each row's scale, which cannot be given back; "
        "use --score loss",
        lost);
  }
  const std::vector<std::string> names =
      data_columns(preprocessing.columns, preprocessing.file_width());
  std::vector<int64_t> columns;
  for (int64_t i = 0; i < preprocessing.file_width(); ++i) {
    const auto at = static_cast<size_t>(i);
    const bool is_number = features == nullptr || features->table().empty() ||
                           features->table()[at].type == ColumnType::numeric;
    if (!is_number) continue;
    columns.push_back(i);
    parts_.push_back(names[at]);
  }
  if (columns.empty()) {
    throw usage_error("--score rmse: the rows have no numeric columns; use --score loss");
  }
  part_of_ = long_tensor(columns);
}

void AnomalyScore::name_parts() {
  const Features* features = preprocessing_.features.get();
  const int64_t width = preprocessing_.width();
  if (features == nullptr) {
    parts_ = data_columns(preprocessing_.columns, width);
    part_of_ = long_tensor(places_in_file(preprocessing_));
    return;
  }
  // The features of a category are one part, which has the name of its column.
  std::vector<int64_t> part_of(static_cast<size_t>(width));
  size_t categorical = 0;
  std::vector<std::string> categories;
  for (const TableColumn& column : features->table()) {
    if (column.type == ColumnType::categorical) categories.push_back(column.name);
  }
  for (const FeatureGroup& group : features->groups()) {
    const bool together = group.type == ColumnType::categorical;
    for (int64_t i = 0; i < group.count; ++i) {
      const auto feature = static_cast<size_t>(group.first + i);
      if (!together || i == 0) {
        parts_.push_back(together ? categories.at(categorical++) : features->names()[feature]);
      }
      part_of[feature] = static_cast<int64_t>(parts_.size()) - 1;
    }
  }
  part_of_ = long_tensor(part_of);
}

at::Tensor AnomalyScore::squares(const Autoencoder& model, const at::Tensor& x,
                                 const at::Tensor& output) const {
  const auto in_units = [&](const at::Tensor& rows) {
    return preprocessing_.restored(rows.cpu()).to(at::kDouble).index_select(1, part_of_);
  };
  return (in_units(model.reconstruction().mean_given(output, x)) - in_units(x)).square_();
}

at::Tensor AnomalyScore::scores(const Autoencoder& model, const at::Tensor& x,
                                const at::Tensor& output) const {
  if (is_loss_) return model.reconstruction().per_sample(output, x).to(at::kCPU, at::kDouble);
  return squares(model, x, output).nanmean(1).nan_to_num_(0).sqrt_();
}

at::Tensor AnomalyScore::shares(const Autoencoder& model, const at::Tensor& x,
                                const at::Tensor& output) const {
  if (!is_loss_) return shares_of(squares(model, x, output).nan_to_num_(0));
  const at::Tensor values = model.reconstruction().excess(output, x).to(at::kCPU, at::kDouble);
  return shares_of(at::zeros({x.size(0), static_cast<int64_t>(parts_.size())}, at::kDouble)
                       .index_add_(1, part_of_, values));
}

}  // namespace ae
