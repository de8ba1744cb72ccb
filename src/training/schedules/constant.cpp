#include "training/schedule.h"

namespace ae::schedules {
namespace {

class Constant : public LearningRateSchedule {
 public:
  void visit(OptionVisitor& /*visitor*/) override {}
  double learning_rate(double peak, const SchedulePosition& /*position*/,
                       const ScheduleState& /*state*/) const override {
    return peak;
  }
};

}  // namespace

PartEntry<LearningRateSchedule> constant() {
  return {"constant", "constant learning rate", make_part<LearningRateSchedule, Constant>};
}

}  // namespace ae::schedules
