#pragma once

#include <optional>
#include <string>

#include "config/part.h"
#include "engine/optimizer.h"
#include "training/schedule.h"

namespace ae {

/// Optimiser, with the options common to all: learning-rate schedule and gradient clipping.
class OptimizerPart : public Part<OptimizerSpec> {
 public:
  OptimizerPart() : Part("adam") {}
  void visit_shared(const std::string& /*type*/, OptionVisitor& visitor) override;

  /// @param step  number of updates made before this one
  double learning_rate(int64_t step, const TrainingLength& training,
                       const ScheduleState& state) const;
  /// @throws Error(usage) naming the options that contradict each other
  void check(const std::string& config) const;

  SchedulePart schedule;
  std::optional<double> clip_norm;
};

}  // namespace ae
