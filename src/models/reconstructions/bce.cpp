#include <ATen/core/Reduction.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>

#include "models/reconstruction.h"

namespace ae::reconstructions {
namespace {

class BinaryCrossEntropy : public Reconstruction {
 public:
  at::Tensor per_sample(const at::Tensor& output, const at::Tensor& target) const override {
    return at::binary_cross_entropy_with_logits(output, target, {}, {}, at::Reduction::None)
        .mean(1);
  }
  at::Tensor mean(const at::Tensor& output) const override { return output.sigmoid(); }
  bool takes_logits() const override { return true; }
  Domain domain() const override { return {0, 1}; }
  const char* unit() const override { return "mean over features"; }
};

}  // namespace

PartEntry<Reconstruction> bce() {
  return {"bce", "binary cross-entropy from logits, mean over features, as Keras reports it",
          make_part<Reconstruction, BinaryCrossEntropy>};
}

}  // namespace ae::reconstructions
