#include "data/step.h"

#include <ATen/ops/from_blob.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "core/error.h"
#include "io/formats/column_match.h"

#define AE_STEPS(part)                                                                \
  part(standardize) part(min_max) part(robust) part(log1p) part(clip) part(unit_norm) \
      part(contrast) part(whiten) part(binarize) part(drop_constant)

namespace ae {

AE_PART_TABLE(StepSpec, steps, AE_STEPS)

namespace {

/// A step on some of the columns; the others stay as they are.
class StepOnColumns : public Step {
 public:
  StepOnColumns(at::Tensor columns, std::unique_ptr<Step> step)
      : columns_(std::move(columns)), step_(std::move(step)) {}

  at::Tensor forward(const at::Tensor& rows) const override {
    return rows.index_copy(1, columns_, step_->forward(rows.index_select(1, columns_)));
  }
  at::Tensor inverse(const at::Tensor& rows) const override {
    return rows.index_copy(1, columns_, step_->inverse(rows.index_select(1, columns_)));
  }
  Json state() const override {
    Json columns = Json::array();
    for (int64_t i = 0; i < columns_.numel(); ++i) columns.push_back(columns_[i].item<int64_t>());
    return {{"of_columns", columns}, {"state", step_->state()}};
  }

 private:
  at::Tensor columns_;  // [d] int64
  std::unique_ptr<Step> step_;
};

at::Tensor index_tensor(const std::vector<int64_t>& indices) {
  return at::tensor(indices, at::kLong);
}

}  // namespace

void StepPart::visit_shared(const std::string& type, OptionVisitor& visitor) {
  for (const PartEntry<StepSpec>& entry : StepSpec::table()) {
    if (entry.name == type && !entry.make(nullptr)->is_elementwise()) return;
  }
  visitor.columns("columns", columns,
                  "Columns that the step is applied to, by their names, numbers from 1 or "
                  "patterns (\"price_*\"); empty for all numeric columns.");
}

std::unique_ptr<Step> fit_step(const StepPart& part, const StepRows& rows) {
  if (part.columns.empty()) return part->fit(rows);
  const std::vector<int64_t> chosen =
      matching_columns(part.columns, rows.names,
                       rows.file + ": data.preprocessing \"" + part.type() + "\": numeric columns");
  const at::Tensor index = index_tensor(chosen);
  StepRows some{rows.rows.index_select(1, index), {}, rows.file};
  for (const int64_t column : chosen) {
    some.names.push_back(rows.names[static_cast<size_t>(column)]);
  }
  return std::make_unique<StepOnColumns>(index, part->fit(some));
}

std::unique_ptr<Step> restore_step(const StepPart& part, const Json& state, int64_t width) {
  if (!state.contains("of_columns")) return part->restore(state, width);
  const auto columns = state.at("of_columns").get<std::vector<int64_t>>();
  const auto inside = [&](int64_t column) { return column >= 0 && column < width; };
  if (columns.empty() || !std::all_of(columns.begin(), columns.end(), inside) ||
      static_cast<int64_t>(columns.size()) > width || !part->is_elementwise()) {
    throw std::out_of_range("of_columns");
  }
  return std::make_unique<StepOnColumns>(
      index_tensor(columns),
      part->restore(state.at("state"), static_cast<int64_t>(columns.size())));
}

double quantile_of(std::span<const double> sorted, double q) {
  const double at = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(at);
  if (below + 1 >= sorted.size()) return sorted.back();
  const double share = at - static_cast<double>(below);
  return sorted[below] + share * (sorted[below + 1] - sorted[below]);
}

at::Tensor double_tensor(const std::vector<double>& values) {
  return at::tensor(values, at::kDouble);
}

std::vector<double> double_vector(const at::Tensor& values) {
  const at::Tensor held = values.to(at::kDouble).contiguous();
  const auto* begin = held.const_data_ptr<double>();
  return {begin, begin + held.numel()};
}

at::Tensor read_doubles(const Json& json, int64_t size) {
  const auto values = json.get<std::vector<double>>();
  if (static_cast<int64_t>(values.size()) != size) throw std::out_of_range("size");
  if (!std::all_of(values.begin(), values.end(), [](double x) { return std::isfinite(x); })) {
    throw std::out_of_range("finite");
  }
  return double_tensor(values);
}

}  // namespace ae
