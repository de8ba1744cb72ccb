#include <cmath>

#include "models/initialization.h"

namespace ae::initializations {
namespace {

/// Source: He et al. 2015 (arXiv:1502.01852).
class HeUniform : public Initialization {
 public:
  void fill(const at::Tensor& weight, const at::Tensor& bias,
            const at::Generator& generator) const override {
    const double bound = std::sqrt(6.0 / fans_of(weight).in);
    weight.uniform_(-bound, bound, generator);
    bias.zero_();
  }
};

}  // namespace

PartEntry<Initialization> he_uniform() {
  return {"he_uniform",
          "weights uniform in ±sqrt(6 / fan_in), biases 0; for ReLU; also called Kaiming uniform",
          make_part<Initialization, HeUniform>};
}

}  // namespace ae::initializations
