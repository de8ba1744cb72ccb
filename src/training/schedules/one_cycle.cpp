#include <cmath>
#include <numbers>

#include "training/schedule.h"

namespace ae::schedules {
namespace {

/// Cosine interpolation from a to b.
double cosine_interpolation(double a, double b, double fraction) {
  return b + (a - b) / 2 * (1 + std::cos(std::numbers::pi * fraction));
}

/// Source: Smith & Topin 2017 (arXiv:1708.07120), in the two phases of PyTorch's OneCycleLR.
class OneCycle : public LearningRateSchedule {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option(
        "initial_divisor", initial_divisor_, at_least(1),
        "Initial learning rate: optimizer.learning_rate / initial_divisor (div_factor of "
        "torch's OneCycleLR).");
    visitor.option(
        "final_divisor", final_divisor_, at_least(1),
        "Final learning rate: initial learning rate / final_divisor (final_div_factor of "
        "torch's OneCycleLR).");
    visitor.option("rise", rise_, strictly_between(0, 1),
                   "Fraction of training in which the learning rate rises (pct_start of torch's "
                   "OneCycleLR).");
  }

  double learning_rate(double peak, const SchedulePosition& position,
                       const ScheduleState& /*state*/) const override {
    const double initial = peak / initial_divisor_;
    const auto updates = static_cast<double>(position.updates);
    const auto step = static_cast<double>(position.step);
    const double top = rise_ * updates - 1;  // step of the peak, not always an integer
    const double last = updates - 1;
    // A rise shorter than one update is skipped.
    if (top > 0 && step <= top) return cosine_interpolation(initial, peak, step / top);
    return cosine_interpolation(peak, initial / final_divisor_, (step - top) / (last - top));
  }

  bool depends_on_training_length() const override { return true; }
  bool includes_warm_up() const override { return true; }

 private:
  double initial_divisor_ = 25;
  double final_divisor_ = 1e4;
  double rise_ = 0.3;
};

}  // namespace

PartEntry<LearningRateSchedule> one_cycle() {
  return {"one_cycle",
          "one-cycle policy: rises to optimizer.learning_rate, then anneals below the "
          "initial value",
          make_part<LearningRateSchedule, OneCycle>};
}

}  // namespace ae::schedules
