#include <ATen/ops/zeros_like.h>

#include <cmath>

#include "models/corruption.h"
#include "models/corruptions/fill.h"

namespace ae::corruptions {
namespace {

class Masking : public Corruption {
 public:
  Masking(double fraction, at::Tensor fill) : fraction_(fraction), fill_(std::move(fill)) {}

  at::Tensor apply(const at::Tensor& x, const Noise& noise) const override {
    const int64_t masked = std::llround(fraction_ * static_cast<double>(x.size(1)));
    const at::Tensor rank = noise.uniform(Purpose::corruption, x.size(1));  // [B, D]
    if (masked == 0) return x;
    // The values with the smallest random numbers go: exactly `masked` of them.
    const at::Tensor chosen =
        std::get<1>(rank.topk(masked, 1, /*largest=*/false, /*sorted=*/false));
    if (!fill_.defined()) return x.scatter(1, chosen, 0);
    return filled(x, at::zeros_like(x, at::kBool).scatter_(1, chosen, true), fill_);
  }

 private:
  double fraction_;
  at::Tensor fill_;  // [D]
};

/// Source: Vincent et al. 2010, "Stacked denoising autoencoders", section 3.3: a fixed share of
/// each sample's values, chosen at random.
class MaskingSpec : public CorruptionSpec {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("fraction", fraction_, strictly_between(0, 1),
                   "Share of each sample's values that are masked, chosen anew each time.");
    fill_.declare(visitor);
  }
  bool needs_mean() const override { return fill_.is_mean(); }
  std::unique_ptr<Corruption> build(const InputInfo& input) const override {
    return std::make_unique<Masking>(fraction_, fill_.values(input));
  }

 private:
  double fraction_ = 0.3;
  FillOption fill_;
};

}  // namespace

PartEntry<CorruptionSpec> masking() {
  return {"masking", "a fixed share of each sample's values becomes 0, or the feature's mean",
          make_part<CorruptionSpec, MaskingSpec>};
}

}  // namespace ae::corruptions
