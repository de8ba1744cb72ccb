#include "models/sparsity.h"

namespace ae::sparsities {
namespace {

/// Number of active latents, mean over samples, with the latent's gradient estimate.
/// Source: Rajamanoharan et al. 2024 (arXiv:2407.14435), equation 9.
class L0 : public Sparsity {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("weight", weight_, at_least(0), "Weight of the penalty in the loss.");
  }
  double weight() const override { return weight_; }
  at::Tensor penalty(const Posterior& posterior) const override {
    return posterior.active_count.mean();
  }
  bool counts_active() const override { return true; }

 private:
  double weight_ = 1e-3;
};

}  // namespace

PartEntry<Sparsity> l0() {
  return {"l0", "number of active latents, mean over samples; for latent \"jump_relu\"",
          make_part<Sparsity, L0>};
}

}  // namespace ae::sparsities
