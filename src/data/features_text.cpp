#include <spdlog/fmt/fmt.h>

#include <ATen/ops/zeros.h>

#include <algorithm>

#include "core/text.h"
#include "data/features.h"

namespace ae {
namespace {

std::string counted(int64_t count, const std::string& noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace

std::string Features::irreversible() const {
  std::vector<std::string> types;
  for (const StepPart& step : options_.steps) {
    if (step->discards_scale()) types.push_back("\"" + step.type() + "\"");
  }
  return join(types);
}

std::string Features::summary() const {
  std::vector<std::string> parts;
  const Scaling& scaling = options_.scaling;
  if (scaling.offset != 0) {
    parts.push_back(fmt::format("(x - {}) / {}", scaling.offset, scaling.divisor));
  } else if (scaling.divisor != 1) {
    parts.push_back(fmt::format("divided by {}", scaling.divisor));
  }
  for (const StepPart& step : options_.steps) parts.push_back(step.type());
  const auto count = [&](ColumnType type) {
    return std::count_if(table_.begin(), table_.end(),
                         [&](const TableColumn& column) { return column.type == type; });
  };
  int64_t categories = 0;
  for (const FeatureGroup& group : groups_) {
    if (group.type == ColumnType::categorical) categories += group.count;
  }
  if (const auto booleans = count(ColumnType::boolean)) {
    parts.push_back(counted(booleans, "boolean column"));
  }
  if (const auto columns = count(ColumnType::categorical)) {
    parts.push_back(fmt::format("{} as {}", counted(columns, "categorical column"),
                                counted(categories, "feature")));
  }
  if (options_.missing.gaps() == Gaps::deliver) {
    parts.push_back(options_.missing->masks() ? std::string("gaps masked")
                                              : "gaps filled by " + options_.missing.type());
  }
  return join(parts, ", ");
}

std::optional<double> Features::original(int64_t feature, double value) const {
  if (numeric_.empty() || feature >= groups_.front().count) return std::nullopt;
  // The feature's name is its column's, unless a step makes new ones.
  const std::string& name = names_[static_cast<size_t>(feature)];
  at::Tensor row = at::zeros({1, width()}, at::kDouble);
  row[0][feature].fill_(value);
  const at::Tensor restored = inverse(row);
  for (const int64_t column : numeric_) {
    const std::string of_column =
        table_.empty() ? fmt::format("value_{}", column) : table_[static_cast<size_t>(column)].name;
    if (of_column == name) return restored[0][column].item<double>();
  }
  return std::nullopt;
}

}  // namespace ae
