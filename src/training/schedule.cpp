#include "training/schedule.h"

#include "core/error.h"

#define AE_SCHEDULES(part) \
  part(constant) part(step) part(exponential) part(cosine) part(one_cycle) part(plateau)

namespace ae {

AE_PART_TABLE(LearningRateSchedule, schedules, AE_SCHEDULES)

void SchedulePart::visit_shared(const std::string& /*type*/, OptionVisitor& visitor) {
  Interval::declare_length(
      visitor, "warm_up", warm_up,
      "Length of a linear warm-up of the learning rate to optimizer.learning_rate, "
      "after which the schedule begins; not with one_cycle.");
}

double SchedulePart::learning_rate(double peak, int64_t step, const TrainingLength& training,
                                   const ScheduleState& state) const {
  const int64_t begin = warm_up_updates(training);
  if (step < begin) return peak * static_cast<double>(step + 1) / static_cast<double>(begin);
  return (*this)->learning_rate(peak,
                                {.step = step - begin,
                                 .updates = training.updates() - begin,
                                 .updates_per_epoch = training.updates_per_epoch},
                                state);
}

void SchedulePart::end_epoch(double loss, int64_t step, const TrainingLength& training,
                             ScheduleState& state) const {
  if (step > warm_up_updates(training)) (*this)->end_epoch(loss, state);
}

void SchedulePart::check(double peak, const std::string& config) const {
  if (warm_up && (*this)->includes_warm_up()) {
    throw usage_error(
        "{}: optimizer.schedule.warm_up = \"{}\" contradicts schedule \"{}\", which has a warm-up "
        "of "
        "its own; leave warm_up out, or take \"cosine\"",
        config, warm_up->text(), type());
  }
  (*this)->check(peak, config);
}

void SchedulePart::check_length(const TrainingLength& training, const std::string& config) const {
  if (warm_up) check_fits(config, "optimizer.schedule.warm_up", *warm_up, training);
  (*this)->check_length(training, warm_up_updates(training), config);
}

int64_t SchedulePart::warm_up_updates(const TrainingLength& training) const {
  return warm_up ? warm_up->updates(training.updates_per_epoch) : 0;
}

}  // namespace ae
