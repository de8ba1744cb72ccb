#include <ATen/TensorOperators.h>

#include "models/reconstruction.h"

namespace ae::reconstructions {
namespace {

class MeanSquaredError : public Reconstruction {
 public:
  at::Tensor per_sample(const at::Tensor& output, const at::Tensor& target) const override {
    return (output - target).square().mean(1);
  }
  const char* unit() const override { return "mean over features"; }
};

}  // namespace

PartEntry<Reconstruction> mse() {
  return {"mse", "squared error, mean over features", make_part<Reconstruction, MeanSquaredError>};
}

}  // namespace ae::reconstructions
