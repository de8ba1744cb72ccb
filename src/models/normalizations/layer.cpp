#include "models/normalizations/group.h"

namespace ae::normalizations {
namespace {

/// Source: Ba et al. 2016 (arXiv:1607.06450). A convolution's output is normalised over all
/// channels and positions, as by torch.nn.GroupNorm with one group; the scale is per channel, so
/// that the weights do not depend on the image size.
class LayerNormalization : public NormalizationSpec {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("epsilon", epsilon_, above(0),
                   "Epsilon added to the variance for numerical stability.");
  }
  std::shared_ptr<Normalization> build(int64_t channels,
                                       const std::string& /*network*/) const override {
    return std::make_shared<GroupNormalization>(channels, /*groups=*/1, epsilon_);
  }

 private:
  double epsilon_ = 1e-5;
};

}  // namespace

PartEntry<NormalizationSpec> layer() {
  return {
      "layer",
      "layer normalisation: each row by the mean and variance of all its values; scale and shift "
      "per channel",
      make_part<NormalizationSpec, LayerNormalization>};
}

}  // namespace ae::normalizations
