#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>

#include <algorithm>

#include "core/error.h"
#include "data/columns.h"
#include "data/step.h"

namespace ae::steps {
namespace {

class Clip : public Step {
 public:
  Clip(at::Tensor low, at::Tensor high) : low_(std::move(low)), high_(std::move(high)) {}

  at::Tensor forward(const at::Tensor& rows) const override {
    return at::minimum(at::maximum(rows, low_), high_);
  }
  at::Tensor inverse(const at::Tensor& rows) const override { return rows; }
  Json state() const override {
    return {{"low", double_vector(low_)}, {"high", double_vector(high_)}};
  }

 private:
  at::Tensor low_;   // [D]
  at::Tensor high_;  // [D]
};

class ClipSpec : public StepSpec {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("low", low_, between(0, 1), "Quantile of a column below which values are cut.");
    visitor.option("high", high_, between(0, 1),
                   "Quantile of a column above which values are cut; above low.");
  }
  std::unique_ptr<Step> fit(const StepRows& rows) const override {
    if (low_ >= high_) {
      throw usage_error(
          "data.preprocessing \"clip\" has low {} and high {}; expected low below high, such as "
          "0.001 and 0.999",
          low_, high_);
    }
    const auto width = static_cast<size_t>(rows.rows.size(1));
    std::vector<double> low(width);
    std::vector<double> high(width);
    for_each_column(rows.rows, [&](int64_t column, std::vector<double>& values) {
      std::sort(values.begin(), values.end());
      low[static_cast<size_t>(column)] = quantile_of(values, low_);
      high[static_cast<size_t>(column)] = quantile_of(values, high_);
    });
    return std::make_unique<Clip>(double_tensor(low), double_tensor(high));
  }
  std::unique_ptr<Step> restore(const Json& state, int64_t width) const override {
    return std::make_unique<Clip>(read_doubles(state.at("low"), width),
                                  read_doubles(state.at("high"), width));
  }

 private:
  double low_ = 0.001;
  double high_ = 0.999;
};

}  // namespace

PartEntry<StepSpec> clip() {
  return {"clip",
          "values below and above two quantiles of their column are set to these; not "
          "undone in outputs",
          make_part<StepSpec, ClipSpec>};
}

}  // namespace ae::steps
