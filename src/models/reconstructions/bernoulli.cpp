#include "models/reconstructions/cross_entropy.h"

namespace ae::reconstructions {
namespace {

class Bernoulli : public CrossEntropy {
 public:
  const char* unit() const override { return "nats, summed over features"; }

 protected:
  double feature_weight(int64_t /*features*/) const override { return 1; }
};

}  // namespace

PartEntry<Reconstruction> bernoulli() {
  return {"bernoulli",
          "minus the log-likelihood of a Bernoulli with the decoder's logits, summed over features",
          make_part<Reconstruction, Bernoulli>};
}

}  // namespace ae::reconstructions
