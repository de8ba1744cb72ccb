#include <cmath>

#include "models/initialization.h"

namespace ae::initializations {
namespace {

/// Source: torch.nn.Linear.reset_parameters.
class TorchDefault : public Initialization {
 public:
  void fill(const at::Tensor& weight, const at::Tensor& bias,
            const at::Generator& generator) const override {
    const double bound = 1 / std::sqrt(static_cast<double>(weight.size(1)));
    weight.uniform_(-bound, bound, generator);
    bias.uniform_(-bound, bound, generator);
  }
};

}  // namespace

PartEntry<Initialization> torch_default() {
  return {"torch", "weights and biases uniform in ±1/sqrt(inputs), as a torch.nn.Linear begins",
          make_part<Initialization, TorchDefault>};
}

}  // namespace ae::initializations
