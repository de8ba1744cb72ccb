#include "models/reconstructions/cross_entropy.h"

namespace ae::reconstructions {
namespace {

class MeanCrossEntropy : public CrossEntropy {
 public:
  double feature_weight(int64_t features) const override {
    return 1.0 / static_cast<double>(features);
  }
};

class MeanCrossEntropySpec : public ReconstructionSpec {
 public:
  std::shared_ptr<Reconstruction> build(int64_t /*features*/) const override {
    return std::make_shared<MeanCrossEntropy>();
  }
  bool has_link() const override { return true; }
  Domain domain() const override { return {.low = 0, .high = 1}; }
};

}  // namespace

PartEntry<ReconstructionSpec> bce() {
  return {"bce", "binary cross-entropy with logits, mean over features",
          make_part<ReconstructionSpec, MeanCrossEntropySpec>};
}

}  // namespace ae::reconstructions
