#include <ATen/ops/where.h>

#include "data/step.h"

namespace ae::steps {
namespace {

class Binarize : public Step {
 public:
  explicit Binarize(double threshold) : threshold_(threshold) {}

  at::Tensor forward(const at::Tensor& rows) const override {
    return at::where(rows.isnan(), rows, rows.gt(threshold_).to(at::kDouble));
  }
  at::Tensor inverse(const at::Tensor& rows) const override { return rows; }

 private:
  double threshold_;
};

class BinarizeSpec : public StepSpec {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("threshold", threshold_, Range{}, "Values above it become 1, others 0.");
  }
  std::unique_ptr<Step> fit(const StepRows& /*rows*/) const override {
    return std::make_unique<Binarize>(threshold_);
  }
  std::unique_ptr<Step> restore(const Json& /*state*/, int64_t /*width*/) const override {
    return std::make_unique<Binarize>(threshold_);
  }

 private:
  double threshold_ = 0.5;
};

}  // namespace

PartEntry<StepSpec> binarize() {
  return {"binarize", "1 above a threshold, else 0; not undone in outputs",
          make_part<StepSpec, BinarizeSpec>};
}

}  // namespace ae::steps
