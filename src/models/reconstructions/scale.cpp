#include "models/reconstructions/scale.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>

#include <cmath>
#include <vector>

#include "core/error.h"

namespace ae {

void ScaleOptions::visit(OptionVisitor& visitor, const char* name, const char* help,
                         const char* min_name) {
  static const std::vector<std::string> kVariances = {"fixed", "learned", "per_feature"};
  visitor.choice(
      "variance", variance, kVariances,
      "Scale of the likelihood: fixed (as given), learned (one for all features; balances "
      "reconstruction and KL in a VAE, sigma-VAE), or per_feature (one learned for each, "
      "for features that differ in noise).");
  visitor.option(name, value, above(0), help);
  visitor.option(
      min_name, minimum, above(0),
      "Lower bound of a learned scale, in units of the scaled data; prevents an infinite "
      "likelihood of a constant feature. The data's resolution is a good value.");
}

LocationScale::LocationScale(const ScaleOptions& options, const std::string& name, int64_t features)
    : value_(options.value), min_(options.minimum) {
  if (options.variance == "fixed") return;
  if (value_ <= min_) {
    throw usage_error(
        "objective.reconstruction: {} = {} is not above least_{} = {}, the lower bound of a "
        "learned "
        "scale; raise {}, or lower least_{}",
        name, value_, name, min_, name, name);
  }
  log_scale_ =
      register_parameter("log_" + name, at::full({options.variance == "learned" ? 1 : features},
                                                 std::log(value_ - min_), at::kFloat));
}

at::Tensor LocationScale::scale(const at::Tensor& output) const {
  if (!log_scale_.defined()) return at::full({1}, value_, output.options());
  // A sum instead of a clamp keeps the gradient non-zero at the bound: the soft clip of Rybkin et
  // al., section 4.1, in terms of the logarithm.
  return log_scale_.to(output.options()).exp() + min_;
}

}  // namespace ae
