#include <ATen/core/Reduction.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>

#include "models/reconstruction.h"

namespace ae::reconstructions {
namespace {

class Bernoulli : public Reconstruction {
 public:
  at::Tensor per_sample(const at::Tensor& output, const at::Tensor& target) const override {
    return at::binary_cross_entropy_with_logits(output, target, {}, {}, at::Reduction::None).sum(1);
  }
  at::Tensor mean(const at::Tensor& output) const override { return output.sigmoid(); }
  bool takes_logits() const override { return true; }
  Domain domain() const override { return {0, 1}; }
  const char* unit() const override { return "nats, summed over features"; }
};

}  // namespace

PartEntry<Reconstruction> bernoulli() {
  return {"bernoulli",
          "minus the log-likelihood of a Bernoulli with the decoder's logits, summed over features",
          make_part<Reconstruction, Bernoulli>};
}

}  // namespace ae::reconstructions
