#include "training/optimizer_part.h"

namespace ae {

void OptimizerPart::visit_shared(const std::string& /*type*/, OptionVisitor& visitor) {
  visitor.part("schedule", schedule, "Learning-rate schedule.");
  visitor.option("clip_norm", clip_norm, above(0),
                 "Gradient clipping: maximum L2 norm of the gradient over all weights, as in "
                 "torch.nn.utils.clip_grad_norm_; null: none.");
}

double OptimizerPart::learning_rate(int64_t step, const TrainingLength& training,
                                    const ScheduleState& state) const {
  return schedule.learning_rate((*this)->learning_rate(), step, training, state);
}

void OptimizerPart::check(const std::string& config) const {
  (*this)->check(config);
  schedule.check((*this)->learning_rate(), config);
}

}  // namespace ae
