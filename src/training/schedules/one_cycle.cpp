#include <cmath>
#include <numbers>

#include "training/schedule.h"

namespace ae::schedules {
namespace {

/// Half a cosine from a to b.
double cosine_interpolation(double a, double b, double fraction) {
  return b + (a - b) / 2 * (1 + std::cos(std::numbers::pi * fraction));
}

/// Source: Smith & Topin 2017 (arXiv:1708.07120), in the two phases of PyTorch's OneCycleLR.
class OneCycle : public LearningRateSchedule {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("initial_divisor", initial_divisor_, at_least(1),
                   "Training begins with learning_rate divided by this.");
    visitor.option("final_divisor", final_divisor_, at_least(1),
                   "It ends with that first learning rate divided by this.");
    visitor.option("rise", rise_, strictly_between(0, 1),
                   "Share of training after which the learning rate is at its peak.");
  }

  double learning_rate(double peak, const SchedulePosition& position,
                       const ScheduleState& /*state*/) const override {
    const double initial = peak / initial_divisor_;
    const auto updates = static_cast<double>(position.updates);
    const auto step = static_cast<double>(position.step);
    const double top = rise_ * updates - 1;  // where the peak is, not always a whole step
    const double last = updates - 1;
    // A rise of less than one update is over before the first.
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
  return {"one_cycle", "rises to the peak and falls far below where it began",
          make_part<LearningRateSchedule, OneCycle>};
}

}  // namespace ae::schedules
