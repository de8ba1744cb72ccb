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
                   "Share of the peak that is reached at the end of training.");
  }

  double learning_rate(double peak, const SchedulePosition& position,
                       const ScheduleState& /*state*/) const override {
    const double done = static_cast<double>(position.step) / static_cast<double>(position.updates);
    const double share = (1 + std::cos(std::numbers::pi * done)) / 2;
    return peak * (final_factor_ + (1 - final_factor_) * share);
  }

  bool depends_on_training_length() const override { return true; }

 private:
  double final_factor_ = 0;
};

}  // namespace

PartEntry<LearningRateSchedule> cosine() {
  return {"cosine", "falls along half a cosine until the end of training",
          make_part<LearningRateSchedule, Cosine>};
}

}  // namespace ae::schedules
