#include <cmath>

#include "training/schedule.h"

namespace ae::schedules {
namespace {

class Step : public LearningRateSchedule {
 public:
  void visit(OptionVisitor& visitor) override {
    every_.declare_length(visitor, "every", "Length between two reductions of the learning rate.");
    visitor.option("factor", factor_, strictly_between(0, 1),
                   "Decay factor: each reduction multiplies the learning rate by it.");
  }

  double learning_rate(double peak, const SchedulePosition& position,
                       const ScheduleState& /*state*/) const override {
    const int64_t reductions = position.step / every_.updates(position.updates_per_epoch);
    return peak * std::pow(factor_, static_cast<double>(reductions));
  }

  void check_length(const TrainingLength& training, int64_t begin,
                    const std::string& config) const override {
    check_fits(config, "optimizer.schedule.every", every_, training, begin);
  }

 private:
  Interval every_{5, Interval::Unit::epochs};
  double factor_ = 0.1;
};

}  // namespace

PartEntry<LearningRateSchedule> step() {
  return {"step", "step decay: reduced by a factor at regular intervals",
          make_part<LearningRateSchedule, Step>};
}

}  // namespace ae::schedules
