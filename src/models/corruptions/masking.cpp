#include "models/corruption.h"

namespace ae::corruptions {
namespace {

/// Source: Vincent et al. 2010, "Stacked denoising autoencoders", section 3.3: a fixed share of
/// each sample's values, chosen at random.
class Masking : public Corruption {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("fraction", fraction_, strictly_between(0, 1),
                   "Share of each sample's values that become 0, chosen anew each time.");
  }

  at::Tensor apply(const at::Tensor& x, const Noise& noise) const override {
    const auto masked = static_cast<int64_t>(fraction_ * static_cast<double>(x.size(1)) + 0.5);
    const at::Tensor rank = noise.uniform(Purpose::corruption, x.size(1));  // [B, D]
    if (masked == 0) return x;
    // The values with the smallest random numbers go: exactly `masked` of them.
    const at::Tensor chosen =
        std::get<1>(rank.topk(masked, 1, /*largest=*/false, /*sorted=*/false));
    return x.scatter(1, chosen, 0);
  }

 private:
  double fraction_ = 0.3;
};

}  // namespace

PartEntry<Corruption> masking() {
  return {"masking", "a fixed share of each sample's values becomes 0",
          make_part<Corruption, Masking>};
}

}  // namespace ae::corruptions
