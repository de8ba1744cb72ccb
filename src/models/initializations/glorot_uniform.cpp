#include <cmath>

#include "models/initialization.h"

namespace ae::initializations {
namespace {

/// Source: Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural
/// networks".
class GlorotUniform : public Initialization {
 public:
  void fill(const at::Tensor& weight, const at::Tensor& bias,
            const at::Generator& generator) const override {
    const Fans fans = fans_of(weight);
    const double bound = std::sqrt(6.0 / (fans.in + fans.out));
    weight.uniform_(-bound, bound, generator);
    bias.zero_();
  }
};

}  // namespace

PartEntry<Initialization> glorot_uniform() {
  return {"glorot_uniform",
          "weights uniform in ±sqrt(6 / (fan_in + fan_out)), biases 0; for tanh and sigmoid; also "
          "called Xavier uniform",
          make_part<Initialization, GlorotUniform>};
}

}  // namespace ae::initializations
