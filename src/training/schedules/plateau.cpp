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
                   "What the learning rate is multiplied by when the loss (that which chooses the "
                   "best checkpoint) no longer falls.");
    visitor.option("patience_epochs", patience_epochs_, at_least(0),
                   "Epochs without improvement that are borne before that; where early stopping "
                   "bears no more, it ends training first.");
    visitor.option("threshold", threshold_, proper_fraction(),
                   "Smallest fall of the loss, as a share of it, that counts as an improvement.");
    visitor.option("minimum", minimum_, at_least(0), "The lowest learning rate.");
  }

  double learning_rate(double peak, const SchedulePosition& /*position*/,
                       const ScheduleState& state) const override {
    return std::max(peak * state.factor, minimum_);
  }

  void end_epoch(double loss, ScheduleState& state) const override {
    // A share of the best loss's size: the log of a density may be negative.
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
        "{}: optimizer.schedule.minimum = {} is above optimizer.learning_rate = {}, from which the "
        "learning rate falls; lower the one or raise the other",
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
  return {"plateau", "falls by a factor when the loss no longer does",
          make_part<LearningRateSchedule, Plateau>};
}

}  // namespace ae::schedules
