#include "models/corruption.h"

namespace ae::corruptions {
namespace {

class Gaussian : public Corruption {
 public:
  Gaussian(double noise_factor, bool clip) : noise_factor_(noise_factor), clip_(clip) {}

  at::Tensor apply(const at::Tensor& x, const Noise& noise) const override {
    at::Tensor noisy = noise.normal(Purpose::corruption, x.size(1)).to(x.scalar_type());
    noisy.mul_(noise_factor_).add_(x);
    if (clip_) noisy.clamp_(0, 1);
    return noisy;
  }

 private:
  double noise_factor_;
  bool clip_;
};

class GaussianSpec : public CorruptionSpec {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("noise_factor", noise_factor_, above(0),
                   "Standard deviation of the noise, in units of the scaled data.");
    visitor.option("clip", clip_, "Clip the noisy values to [0, 1], as is usual for images.");
  }
  std::unique_ptr<Corruption> build(const InputInfo& /*input*/) const override {
    return std::make_unique<Gaussian>(noise_factor_, clip_);
  }

 private:
  double noise_factor_ = 0.5;
  bool clip_ = false;
};

}  // namespace

PartEntry<CorruptionSpec> gaussian() {
  return {"gaussian", "additive Gaussian noise, independent for each value",
          make_part<CorruptionSpec, GaussianSpec>};
}

}  // namespace ae::corruptions
