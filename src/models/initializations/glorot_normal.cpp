#include <cmath>

#include "models/initialization.h"

namespace ae::initializations {
namespace {

/// Source: Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural
/// networks".
class GlorotNormal : public Initialization {
 public:
  void fill(const at::Tensor& weight, const at::Tensor& bias,
            const at::Generator& generator) const override {
    const Fans fans = fans_of(weight);
    const double deviation = std::sqrt(2.0 / (fans.in + fans.out));
    weight.normal_(0, deviation, generator);
    bias.zero_();
  }
};

}  // namespace

PartEntry<Initialization> glorot_normal() {
  return {
      "glorot_normal",
      "weights normal with variance 2 / (fan_in + fan_out), biases 0; for tanh and sigmoid; also "
      "called Xavier normal",
      make_part<Initialization, GlorotNormal>};
}

}  // namespace ae::initializations
