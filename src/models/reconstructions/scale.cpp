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
  visitor.choice("variance", variance, kVariances,
                 "fixed: as given. learned: one width for all features, so that a VAE finds its "
                 "own balance of reconstruction and KL. per_feature: one for each, where features "
                 "differ in their noise.");
  visitor.option(name, value, above(0), help);
  visitor.option(min_name, least, above(0),
                 "What a learned width stays above, in units of the scaled data. Without it a "
                 "feature that never changes would make the likelihood infinite; the data's "
                 "resolution is a good value.");
}

LocationScale::LocationScale(const ScaleOptions& options, const std::string& name, int64_t features)
    : value_(options.value), min_(options.least) {
  if (options.variance == "fixed") return;
  if (value_ <= min_) {
    throw usage_error(
        "objective.reconstruction: {} = {} is not above least_{} = {}, where a learned one would "
        "have to stay; raise {}, or lower least_{}",
        name, value_, name, min_, name, name);
  }
  log_scale_ =
      register_parameter("log_" + name, at::full({options.variance == "learned" ? 1 : features},
                                                 std::log(value_ - min_), at::kFloat));
}

at::Tensor LocationScale::scale(const at::Tensor& output) const {
  if (!log_scale_.defined()) return at::full({1}, value_, output.options());
  // A sum, and no clamp, so that a gradient remains below; seen in the logarithm it is the soft
  // clip of Rybkin et al., section 4.1.
  return log_scale_.to(output.options()).exp() + min_;
}

}  // namespace ae
