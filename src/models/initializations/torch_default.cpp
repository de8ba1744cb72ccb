#include <cmath>

#include "models/initialization.h"

namespace ae::initializations {
namespace {

/// Source: reset_parameters of torch.nn.Linear and of torch.nn's convolutions.
class TorchDefault : public Initialization {
 public:
  void fill(const at::Tensor& weight, const at::Tensor& bias,
            const at::Generator& generator) const override {
    const double bound = 1 / std::sqrt(fans_of(weight).in);
    weight.uniform_(-bound, bound, generator);
    bias.uniform_(-bound, bound, generator);
  }
};

}  // namespace

PartEntry<Initialization> torch_default() {
  return {
      "torch",
      "weights and biases uniform in ±1/sqrt(fan_in), the default of torch.nn.Linear and Conv2d",
      make_part<Initialization, TorchDefault>};
}

}  // namespace ae::initializations
