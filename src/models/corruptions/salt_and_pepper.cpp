#include <ATen/TensorOperators.h>
#include <ATen/ops/where.h>

#include "models/corruption.h"

namespace ae::corruptions {
namespace {

struct SaltAndPepperOptions {
  double fraction = 0.1;
  double pepper = 0;
  double salt = 1;
};

class SaltAndPepper : public Corruption {
 public:
  explicit SaltAndPepper(const SaltAndPepperOptions& options) : options_(options) {}

  at::Tensor apply(const at::Tensor& x, const Noise& noise) const override {
    // u in [0, fraction / 2): pepper; in [fraction / 2, fraction): salt.
    const at::Tensor u = noise.uniform(Purpose::corruption, x.size(1));  // [B, D]
    const at::Tensor salted = x.masked_fill(u < options_.fraction, options_.salt);
    return salted.masked_fill_(u < options_.fraction / 2, options_.pepper);
  }

 private:
  SaltAndPepperOptions options_;
};

/// Source: Vincent et al. 2010, "Stacked denoising autoencoders", section 3.3.
class SaltAndPepperSpec : public CorruptionSpec {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("fraction", options_.fraction, strictly_between(0, 1),
                   "Probability that a value is replaced.");
    visitor.option("pepper", options_.pepper, Range{},
                   "Value of pepper, half of the replaced values, in units of the scaled data.");
    visitor.option("salt", options_.salt, Range{},
                   "Value of salt, the other half, in units of the scaled data.");
  }
  std::unique_ptr<Corruption> build(const InputInfo& /*input*/) const override {
    return std::make_unique<SaltAndPepper>(options_);
  }

 private:
  SaltAndPepperOptions options_;
};

}  // namespace

PartEntry<CorruptionSpec> salt_and_pepper() {
  return {"salt_and_pepper", "replaces values at random by the minimum or the maximum",
          make_part<CorruptionSpec, SaltAndPepperSpec>};
}

}  // namespace ae::corruptions
