#include <cmath>

#include "training/schedule.h"

namespace ae::schedules {
namespace {

class Exponential : public LearningRateSchedule {
 public:
  void visit(OptionVisitor& visitor) override {
    every_.declare_length(visitor, "every",
                          "Length over which the learning rate decays by factor.");
    visitor.option("factor", factor_, strictly_between(0, 1),
                   "Decay factor of the learning rate per length; applied evenly to each update.");
  }

  double learning_rate(double peak, const SchedulePosition& position,
                       const ScheduleState& /*state*/) const override {
    const auto every = static_cast<double>(every_.updates(position.updates_per_epoch));
    return peak * std::pow(factor_, static_cast<double>(position.step) / every);
  }

 private:
  Interval every_{1, Interval::Unit::epochs};
  double factor_ = 0.95;
};

}  // namespace

PartEntry<LearningRateSchedule> exponential() {
  return {"exponential", "exponential decay, with each update",
          make_part<LearningRateSchedule, Exponential>};
}

}  // namespace ae::schedules
