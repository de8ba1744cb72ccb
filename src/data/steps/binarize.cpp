#include <ATen/ops/where.h>

#include "core/error.h"
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

/// Leaves the probabilities, from which a batch draws.
class Drawn : public Step {
 public:
  at::Tensor forward(const at::Tensor& rows) const override { return rows.clamp(0, 1); }
  at::Tensor inverse(const at::Tensor& rows) const override { return rows; }
  bool is_drawn() const override { return true; }
};

/// Source of drawing: Salakhutdinov & Murray 2008, "On the quantitative analysis of deep belief
/// networks"; anew in each epoch: Burda et al. 2015 (arXiv:1509.00519).
class BinarizeSpec : public StepSpec {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("threshold", threshold_, Range{}, "Values above it become 1, others 0.");
    visitor.option("draw", draw_,
                   "Values are the probabilities of 1, and zeros and ones are drawn from them: in "
                   "training anew in each epoch, else once for each row. The threshold has no "
                   "effect. It must be the last step, of all columns.");
  }
  std::unique_ptr<Step> fit(const StepRows& rows) const override {
    if (draw_) check_probabilities(rows);
    return make();
  }
  std::unique_ptr<Step> restore(const Json& /*state*/, int64_t /*width*/) const override {
    return make();
  }
  bool is_last() const override { return draw_; }

 private:
  std::unique_ptr<Step> make() const {
    if (draw_) return std::make_unique<Drawn>();
    return std::make_unique<Binarize>(threshold_);
  }

  static void check_probabilities(const StepRows& rows) {
    const at::Tensor outside = rows.rows.lt(0).logical_or(rows.rows.gt(1)).nonzero();
    if (outside.size(0) == 0) return;
    const int64_t row = outside[0][0].item<int64_t>();
    const int64_t column = outside[0][1].item<int64_t>();
    throw data_error(
        "{}: data.preprocessing \"binarize\" with \"draw\" needs values in [0, 1]; column \"{}\" "
        "has {:.6g}: set data.scale to the data's [min, max], or put \"min_max\" before it",
        rows.file, rows.names[static_cast<size_t>(column)], rows.rows[row][column].item<double>());
  }

  double threshold_ = 0.5;
  bool draw_ = false;
};

}  // namespace

PartEntry<StepSpec> binarize() {
  return {"binarize", "1 above a threshold or by a draw, else 0; not undone in outputs",
          make_part<StepSpec, BinarizeSpec>};
}

}  // namespace ae::steps
