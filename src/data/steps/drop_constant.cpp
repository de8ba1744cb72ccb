#include <ATen/ops/tensor.h>

#include <algorithm>
#include <stdexcept>

#include "core/error.h"
#include "core/text.h"
#include "data/columns.h"
#include "data/step.h"

namespace ae::steps {
namespace {

/// Leaves columns out, and gives them back with their value.
class DropConstant : public Step {
 public:
  /// @param values  of the D columns, NaN for those that are kept
  explicit DropConstant(std::vector<double> values) : values_(std::move(values)) {
    std::vector<int64_t> kept;
    for (size_t i = 0; i < values_.size(); ++i) {
      if (std::isnan(values_[i])) kept.push_back(static_cast<int64_t>(i));
    }
    kept_ = at::tensor(kept, at::kLong);
  }

  at::Tensor forward(const at::Tensor& rows) const override {
    return kept_.numel() == rows.size(1) ? rows : rows.index_select(1, kept_);
  }
  at::Tensor inverse(const at::Tensor& rows) const override {
    return double_tensor(values_)
        .unsqueeze(0)
        .expand({rows.size(0), -1})
        .index_copy(1, kept_, rows);
  }
  Json state() const override {
    Json values = Json::array();  // null for NaN
    for (const double value : values_) values.push_back(std::isnan(value) ? Json() : Json(value));
    return {{"values", values}};
  }
  std::vector<std::string> names(const std::vector<std::string>& names) const override {
    return chosen(names, true);
  }
  std::string note(const std::vector<std::string>& names) const override {
    std::vector<std::string> dropped = chosen(names, false);
    if (dropped.empty()) return {};
    constexpr size_t kShown = 5;
    const size_t count = dropped.size();
    if (count > kShown) dropped.resize(kShown);
    return fmt::format("left out as constant: {}{}", join(dropped),
                       count > kShown ? fmt::format(" and {} more", count - kShown) : "");
  }

 private:
  std::vector<std::string> chosen(const std::vector<std::string>& names, bool kept) const {
    std::vector<std::string> out;
    for (size_t i = 0; i < names.size(); ++i) {
      if (std::isnan(values_[i]) == kept) out.push_back(names[i]);
    }
    return out;
  }

  std::vector<double> values_;
  at::Tensor kept_;
};

class DropConstantSpec : public StepSpec {
 public:
  std::unique_ptr<Step> fit(const StepRows& rows) const override {
    std::vector<double> values(static_cast<size_t>(rows.rows.size(1)));
    for_each_column(rows.rows, [&](int64_t column, std::vector<double>& of_column) {
      const auto [low, high] = std::minmax_element(of_column.begin(), of_column.end());
      values[static_cast<size_t>(column)] =
          *low == *high ? *low : std::numeric_limits<double>::quiet_NaN();
    });
    if (std::none_of(values.begin(), values.end(), [](double x) { return std::isnan(x); })) {
      throw data_error(
          "{}: every column has one value in all training rows, so there is nothing to learn; "
          "expected values that differ",
          rows.file);
    }
    return std::make_unique<DropConstant>(std::move(values));
  }
  std::unique_ptr<Step> restore(const Json& state, int64_t width) const override {
    std::vector<double> values;
    for (const Json& value : state.at("values")) {
      values.push_back(value.is_null() ? std::numeric_limits<double>::quiet_NaN()
                                       : value.get<double>());
    }
    const bool any =
        std::any_of(values.begin(), values.end(), [](double x) { return std::isnan(x); });
    if (static_cast<int64_t>(values.size()) != width || !any) throw std::out_of_range("values");
    return std::make_unique<DropConstant>(std::move(values));
  }
  bool is_elementwise() const override { return false; }
};

}  // namespace

PartEntry<StepSpec> drop_constant() {
  return {"drop_constant", "columns of one value are left out, and have that value in outputs",
          make_part<StepSpec, DropConstantSpec>};
}

}  // namespace ae::steps
