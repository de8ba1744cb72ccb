#include <ATen/TensorOperators.h>

#include <cmath>
#include <numbers>

#include "models/reconstruction.h"

namespace ae::reconstructions {
namespace {

class Gaussian : public Reconstruction {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("sigma", sigma_, above(0), "Standard deviation, the same for all features.");
  }
  at::Tensor per_sample(const at::Tensor& output, const at::Tensor& target) const override {
    const double constant = static_cast<double>(target.size(1)) *
                            (std::log(sigma_) + 0.5 * std::log(2 * std::numbers::pi));
    return (output - target).square().sum(1).mul(0.5 / (sigma_ * sigma_)).add(constant);
  }
  const char* unit() const override { return "nats, summed over features"; }

 private:
  double sigma_ = 1;
};

}  // namespace

PartEntry<Reconstruction> gaussian() {
  return {
      "gaussian",
      "minus the log-likelihood of a Gaussian around the decoder's output, summed over features",
      make_part<Reconstruction, Gaussian>};
}

}  // namespace ae::reconstructions
