#include "suggestion/data_suggestion.h"

#include <algorithm>
#include <array>
#include <utility>

#include "config/differences.h"
#include "core/error.h"
#include "core/text.h"
#include "io/formats/labels.h"
#include "training/experiment.h"

namespace ae {
namespace {

void add_columns(CommentedJson& out, const char* key,
                 const std::vector<ColumnRoles::Named>& columns) {
  if (columns.empty()) return;
  Json names = Json::array();
  std::vector<std::string> reasons;
  for (const auto& [name, reason] : columns) {
    names.push_back(name);
    reasons.push_back(fmt::format("\"{}\" {}", name, reason));
  }
  out.add(key, names, joined_briefly(std::move(reasons), 6));
}

}  // namespace

DataSuggestion::DataSuggestion(std::string file, const DataLocations& locations, std::string goal)
    : file_(std::move(file)), goal_(std::move(goal)) {
  if (const auto sample = sample_table(locations.find(file_))) {
    roles_ = column_roles(*sample);
    if (roles_->data_columns == 0) {
      throw data_error("{}: none of its columns can be data: {}", file_, reasons());
    }
  }
  load(locations);
}

std::string DataSuggestion::reasons() const {
  std::vector<std::string> all;
  for (const auto* list : {&roles_->ids, &roles_->excluded}) {
    for (const auto& [name, reason] : *list) all.push_back(fmt::format("\"{}\" {}", name, reason));
  }
  return joined_briefly(std::move(all), 4);
}

void DataSuggestion::add_source(CommentedJson& out) const {
  out.add("path", file_);
  if (!roles_) return;
  if (!roles_->label.empty()) out.add("labels", roles_->label, roles_->label_reason);
  add_columns(out, "ids", roles_->ids);
  add_columns(out, "exclude", roles_->excluded);
  if (!trains_on_usual_rows()) return;
  const auto number = whole_number(roles_->usual);
  out.add("where", {{roles_->label, number ? Json(*number) : Json(roles_->usual)}},
          fmt::format("the usual rows by \"{}\"; ae-encode --scores is given all of them",
                      roles_->label));
}

void DataSuggestion::load(const DataLocations& locations) {
  CommentedJson source;
  add_source(source);
  Json data = {{"train", source.json()}};
  if (roles_) data["preprocessing"] = {"drop_constant", "standardize"};
  if (roles_ && roles_->has_gaps) data["missing"] = "mask";
  const Experiment experiment = experiment_of_config(
      {{"name", "suggested"}, {"data", data}, {"model", {{"latent_dim", 1}}}}, {file_, {}, {}});
  const Splits splits = load_splits(experiment.data, locations, {});
  figures_ = figures_of(splits);
  overview_ = overview_of(splits);
  if (!roles_) return;
  find_levels(splits.columns);
  for (const ColumnSummary& column : splits.columns) {
    const bool is_skewed = column.type == ColumnType::numeric && column.low >= 0 &&
                           column.high > column.mean + 10 * column.spread && column.spread > 0;
    if (is_skewed) skewed_.push_back(column.name);
  }
}

/// Columns that are all levels of one scale, such as pixels: whole numbers from 0, of which most
/// reach about the same highest level.
void DataSuggestion::find_levels(const std::vector<ColumnSummary>& columns) {
  constexpr size_t kFewest = 16;
  std::vector<double> highs;
  for (const ColumnSummary& column : columns) {
    if (column.type != ColumnType::numeric || !column.whole || column.low < 0 || column.gaps > 0) {
      return;
    }
    highs.push_back(column.high);
  }
  if (highs.size() < kFewest) return;
  std::ranges::sort(highs);
  if (highs[highs.size() / 2] >= 0.9 * highs.back()) levels_ = highs.back();
}

std::string DataSuggestion::overview_of(const Splits& splits) const {
  const auto shape = splits.preprocessing.file_shape;
  if (!roles_) {
    return fmt::format("{} rows of {}, from {:.4g} to {:.4g}{}.", grouped(figures_.rows),
                       shape_text(shape), figures_.low, figures_.high,
                       figures_.is_image    ? ": images"
                       : figures_.is_signal ? ": signals"
                                            : "");
  }
  std::array<int64_t, 3> types{};
  int64_t gaps = 0;
  for (const ColumnSummary& column : splits.columns) {
    ++types.at(static_cast<size_t>(column.type));
    gaps += column.gaps;
  }
  return fmt::format(
      "{} rows: {} numeric, {} boolean and {} categorical columns, {} missing values.",
      grouped(splits.train.data->count()), types[0], types[1], types[2], grouped(gaps));
}

void DataSuggestion::add_to(CommentedJson& data) const {
  add_source(data.object("train"));
  if (figures_.rows >= 50) {
    data.object("validation", "tells the best epoch; its scores give thresholds")
        .add("fraction", figures_.rows < 5000 ? 0.2 : 0.1);
  }
  if (roles_ && roles_->has_gaps) {
    data.add("missing", "mask",
             "missing values are left out of the loss, and the encoder is told of them");
  }
  if (has_levels()) {
    data.add("scale", levels_, "columns are levels of one scale, to [0, 1]");
  } else if (standardizes()) {
    Json steps = {"drop_constant"};
    std::string comment = "columns count alike, whatever their units";
    if (!skewed_.empty() && goal_ != "anomaly") {
      steps.push_back({{"type", "log1p"}, {"columns", skewed_}});
      comment += "; amounts with rare large values by their logarithm";
    }
    steps.push_back("standardize");
    data.add("preprocessing", steps, comment);
  } else if (is_picture() && !figures_.in_unit_interval()) {
    data.add("scale", {figures_.low, figures_.high}, "values to [0, 1]");
  }
}

}  // namespace ae
