#include "models/normalizations/group.h"

#include <ATen/ops/group_norm.h>

#include "core/error.h"

namespace ae {

at::Tensor GroupNormalization::forward(const at::Tensor& x, const ForwardContext& /*context*/) {
  return at::group_norm(x, groups_, weight_, bias_, epsilon_);
}

namespace normalizations {
namespace {

class Group : public NormalizationSpec {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("groups", groups_, between(1, 65536),
                   "Number of groups; must divide the number of channels.");
    visitor.option("epsilon", epsilon_, above(0),
                   "Epsilon added to the variance for numerical stability.");
  }
  std::shared_ptr<Normalization> build(int64_t channels,
                                       const std::string& network) const override {
    if (channels % groups_ != 0) {
      throw usage_error(
          "{}.normalization: {} groups do not divide a layer's {} channels; take groups that "
          "divide the widths of all its hidden layers, or other widths",
          network, groups_, channels);
    }
    return std::make_shared<GroupNormalization>(channels, groups_, epsilon_);
  }

 private:
  int64_t groups_ = 8;
  double epsilon_ = 1e-5;
};

}  // namespace

PartEntry<NormalizationSpec> group() {
  return {
      "group",
      "group normalisation: each row by the mean and variance of each group of channels, over all "
      "positions",
      make_part<NormalizationSpec, Group>};
}

}  // namespace normalizations
}  // namespace ae
