#include <ATen/TensorOperators.h>

#include "models/sparsity.h"

namespace ae::sparsities {
namespace {

/// KL(Bernoulli(target) || Bernoulli(mean activation of a latent over the batch)), summed over
/// latents. Source: Ng 2011, "Sparse autoencoder" (CS294A lecture notes).
class KlToTarget : public Sparsity {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("target", target_, strictly_between(0, 1),
                   "Target mean activation per latent (rho).");
    visitor.option("weight", weight_, at_least(0), "Weight of the penalty in the loss.");
  }
  bool couples_rows() const override { return true; }
  double weight() const override { return weight_; }
  at::Tensor penalty(const Posterior& posterior) const override {
    // A saturated sigmoid rounds to 0 or 1, where the logarithms are infinite.
    const at::Tensor mean = posterior.code().mean(0).clamp(1e-7, 1 - 1e-7);  // [Z]
    const at::Tensor on = mean.reciprocal().mul(target_).log().mul(target_);
    const at::Tensor off = (1 - mean).reciprocal().mul(1 - target_).log().mul(1 - target_);
    return (on + off).sum();
  }
  Activation::Bounds code_bounds() const override { return {.low = 0, .high = 1}; }

 private:
  double target_ = 0.05;
  double weight_ = 1;
};

}  // namespace

PartEntry<Sparsity> kl() {
  return {"kl",
          "KL divergence between a target and each latent's mean activation over the batch, summed "
          "over latents",
          make_part<Sparsity, KlToTarget>};
}

}  // namespace ae::sparsities
