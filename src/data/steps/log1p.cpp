#include <ATen/TensorOperators.h>
#include <ATen/ops/expm1.h>
#include <ATen/ops/log1p.h>

#include "core/error.h"
#include "data/step.h"

namespace ae::steps {
namespace {

/// sign(x) log(1 + |x|), which later rows below 0 do not turn into NaN.
class Log1p : public Step {
 public:
  at::Tensor forward(const at::Tensor& rows) const override {
    return rows.abs().log1p() * rows.sign();
  }
  at::Tensor inverse(const at::Tensor& rows) const override {
    return rows.abs().expm1() * rows.sign();
  }
};

class Log1pSpec : public StepSpec {
 public:
  std::unique_ptr<Step> fit(const StepRows& rows) const override {
    for (int64_t column = 0; column < rows.rows.size(1); ++column) {
      const auto least = rows.rows.select(1, column);
      const at::Tensor below = least.lt(0);
      if (!below.any().item<bool>()) continue;
      throw data_error(
          "{}: data.preprocessing \"log1p\": column \"{}\" has values below 0 ({:.6g}); expected "
          "amounts or counts; name the columns for it with \"columns\"",
          rows.file, rows.names[static_cast<size_t>(column)],
          least.masked_select(below).min().item<double>());
    }
    return std::make_unique<Log1p>();
  }
  std::unique_ptr<Step> restore(const Json& /*state*/, int64_t /*width*/) const override {
    return std::make_unique<Log1p>();
  }
};

}  // namespace

PartEntry<StepSpec> log1p() {
  return {"log1p", "log(1 + x), for amounts and counts, whose large values are rare",
          make_part<StepSpec, Log1pSpec>};
}

}  // namespace ae::steps
