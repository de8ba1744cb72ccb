#include <cmath>

#include "models/initialization.h"

namespace ae::initializations {
namespace {

/// Source: He et al. 2015 (arXiv:1502.01852).
class HeNormal : public Initialization {
 public:
  void fill(const at::Tensor& weight, const at::Tensor& bias,
            const at::Generator& generator) const override {
    weight.normal_(0, std::sqrt(2.0 / fans_of(weight).in), generator);
    bias.zero_();
  }
};

}  // namespace

PartEntry<Initialization> he_normal() {
  return {"he_normal",
          "weights normal with variance 2 / fan_in, biases 0; for ReLU; also called Kaiming normal",
          make_part<Initialization, HeNormal>};
}

}  // namespace ae::initializations
