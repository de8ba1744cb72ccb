#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "training/schedule.h"

namespace ae::schedules {
namespace {

class Plateau : public LearningRateSchedule {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("factor", factor_, strictly_between(0, 1),
                   "Factor by which the learning rate is multiplied when the loss (the one that "
                   "selects the best checkpoint) stops improving.");
    visitor.option(
        "patience_epochs", patience_epochs_, at_least(0),
        "Epochs without improvement before the learning rate is reduced (patience); should "
        "be less than the patience of early stopping.");
    visitor.option(
        "threshold", threshold_, proper_fraction(),
        "Minimum decrease of the loss, as a fraction of the best loss, that counts as an "
        "improvement.");
    visitor.option("minimum", minimum_, at_least(0),
                   "Lower bound of the learning rate (min_lr of torch's ReduceLROnPlateau).");
  }

  double learning_rate(double peak, const SchedulePosition& /*position*/,
                       const ScheduleState& state) const override {
    return std::max(peak * state.factor, minimum_);
  }

  void end_epoch(double loss, ScheduleState& state) const override {
    // Relative to the absolute value: the negative log of a density may be negative.
    const double min_fall = std::isinf(state.best) ? 0 : threshold_ * std::abs(state.best);
    if (loss < state.best - min_fall) {
      state.best = loss;
      state.bad_epochs = 0;
    } else if (++state.bad_epochs > patience_epochs_) {
      state.factor *= factor_;
      state.bad_epochs = 0;
    }
  }

  void check(double peak, const std::string& config) const override {
    if (minimum_ <= peak) return;
    throw usage_error(
        "{}: optimizer.schedule.minimum = {} is above optimizer.learning_rate = {}, the initial "
        "learning rate; lower the one or raise the other",
        config, minimum_, peak);
  }

 private:
  double factor_ = 0.1;
  int64_t patience_epochs_ = 10;
  double threshold_ = 1e-4;
  double minimum_ = 0;
};

}  // namespace

PartEntry<LearningRateSchedule> plateau() {
  return {"plateau", "reduces the learning rate by a factor when the loss stops improving",
          make_part<LearningRateSchedule, Plateau>};
}

}  // namespace ae::schedules
