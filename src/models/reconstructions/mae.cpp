#include <ATen/TensorOperators.h>

#include "models/reconstruction.h"

namespace ae::reconstructions {
namespace {

class MeanAbsoluteError : public Reconstruction {
 public:
  at::Tensor per_sample(const at::Tensor& output, const at::Tensor& target) const override {
    return (output - target).abs().mean(1);
  }
  const char* unit() const override { return "mean over features"; }
};

}  // namespace

PartEntry<Reconstruction> mae() {
  return {"mae", "absolute error, mean over features",
          make_part<Reconstruction, MeanAbsoluteError>};
}

}  // namespace ae::reconstructions
