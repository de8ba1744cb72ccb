#include "models/reconstructions/cross_entropy.h"

namespace ae::reconstructions {
namespace {

class MeanCrossEntropy : public CrossEntropy {
 public:
  const char* unit() const override { return "mean over features"; }

 protected:
  double feature_weight(int64_t features) const override {
    return 1.0 / static_cast<double>(features);
  }
};

}  // namespace

PartEntry<Reconstruction> bce() {
  return {"bce", "binary cross-entropy from logits, mean over features, as Keras reports it",
          make_part<Reconstruction, MeanCrossEntropy>};
}

}  // namespace ae::reconstructions
