#include <ATen/ops/bernoulli.h>

#include "models/reconstructions/cross_entropy.h"

namespace ae::reconstructions {
namespace {

class Bernoulli : public CrossEntropy {
 public:
  double feature_weight(int64_t /*features*/) const override { return 1; }
  at::Tensor sample(const at::Tensor& output, const at::Generator& generator) const override {
    return at::bernoulli(mean(output), generator);
  }
};

class BernoulliSpec : public ReconstructionSpec {
 public:
  std::shared_ptr<Reconstruction> build(int64_t /*features*/) const override {
    return std::make_shared<Bernoulli>();
  }
  bool has_link() const override { return true; }
  bool is_likelihood() const override { return true; }
  Domain domain() const override { return {.low = 0, .high = 1}; }
};

}  // namespace

PartEntry<ReconstructionSpec> bernoulli() {
  return {"bernoulli",
          "negative log-likelihood of a Bernoulli with the decoder's logits, summed over features; "
          "for binary data",
          make_part<ReconstructionSpec, BernoulliSpec>};
}

}  // namespace ae::reconstructions
