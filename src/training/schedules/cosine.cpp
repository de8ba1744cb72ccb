#include <cmath>
#include <numbers>

#include "training/schedule.h"

namespace ae::schedules {
namespace {

/// Source: Loshchilov & Hutter 2016 (arXiv:1608.03983), without restarts.
class Cosine : public LearningRateSchedule {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("final_factor", final_factor_, between(0, 1),
                   "Final learning rate, as a fraction of optimizer.learning_rate.");
  }

  double learning_rate(double peak, const SchedulePosition& position,
                       const ScheduleState& /*state*/) const override {
    const double done = static_cast<double>(position.step) / static_cast<double>(position.updates);
    const double factor = (1 + std::cos(std::numbers::pi * done)) / 2;
    return peak * (final_factor_ + (1 - final_factor_) * factor);
  }

  bool depends_on_training_length() const override { return true; }

 private:
  double final_factor_ = 0;
};

}  // namespace

PartEntry<LearningRateSchedule> cosine() {
  return {"cosine", "cosine annealing to the end of training, without restarts",
          make_part<LearningRateSchedule, Cosine>};
}

}  // namespace ae::schedules
