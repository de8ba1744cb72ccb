#include "models/normalizations/group.h"

namespace ae::normalizations {
namespace {

/// Source: Ba et al. 2016 (arXiv:1607.06450). Of a convolution's output all channels and positions
/// are taken together, as torch.nn.GroupNorm does with one group; a scale for each position would
/// tie the weights to one size of images.
class LayerNormalization : public NormalizationSpec {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("epsilon", epsilon_, above(0), "Added to variances.");
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
  return {"layer",
          "each row by the mean and variance of all its values, with a scale for each channel",
          make_part<NormalizationSpec, LayerNormalization>};
}

}  // namespace ae::normalizations
