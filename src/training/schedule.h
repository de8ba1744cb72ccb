#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>

#include "config/interval.h"
#include "config/part.h"
#include "training/training_length.h"

namespace ae {

/// What a schedule that watches the loss remembers from epoch to epoch: the one thing that a
/// learning rate depends on beside the step.
struct ScheduleState {
  double best = std::numeric_limits<double>::infinity();  ///< the lowest loss so far
  int64_t bad_epochs = 0;                                 ///< without a lower loss
  double factor = 1;                                      ///< of the learning rate
};

/// A step, as a schedule counts: from the end of the warm-up.
struct SchedulePosition {
  int64_t step = 0;     ///< updates made before this one
  int64_t updates = 1;  ///< in all, up to the end of training
  int64_t updates_per_epoch = 1;
};

/// How the learning rate changes during training.
class LearningRateSchedule {
 public:
  virtual ~LearningRateSchedule() = default;
  virtual void visit(OptionVisitor& visitor) = 0;

  /// @param peak  optimizer.learning_rate
  virtual double learning_rate(double peak, const SchedulePosition& position,
                               const ScheduleState& state) const = 0;
  /// Takes note of the loss that chooses the best epoch.
  virtual void end_epoch(double /*loss*/, ScheduleState& /*state*/) const {}

  /// True if a longer training has other learning rates from its beginning on.
  virtual bool depends_on_training_length() const { return false; }
  /// True if the learning rate rises of itself, so that a warm-up would be a second rise.
  virtual bool includes_warm_up() const { return false; }
  /// @throws Error(usage) naming the options that contradict each other
  virtual void check(double /*peak*/, const std::string& /*config*/) const {}
  /// @param begin  the update with which the schedule begins, after the warm-up
  /// @throws Error(usage) if the schedule cannot take effect within training
  virtual void check_length(const TrainingLength& /*training*/, int64_t /*begin*/,
                            const std::string& /*config*/) const {}

  static std::span<const PartEntry<LearningRateSchedule>> table();
};

/// A schedule, and the warm-up before it.
class SchedulePart : public Part<LearningRateSchedule> {
 public:
  SchedulePart() : Part("constant") {}
  void visit_shared(OptionVisitor& visitor) override;

  /// For update `step`, counted from 0: during a warm-up of W updates (step + 1) / W of the peak,
  /// then what the schedule says.
  double learning_rate(double peak, int64_t step, const TrainingLength& training,
                       const ScheduleState& state) const;
  /// @param step  updates made; epochs that end within the warm-up do not count
  void end_epoch(double loss, int64_t step, const TrainingLength& training,
                 ScheduleState& state) const;

  /// @throws Error(usage) naming the options that contradict each other
  void check(double peak, const std::string& config) const;
  /// @throws Error(usage) with the arithmetic, where warm-up or schedule outlast training
  void check_length(const TrainingLength& training, const std::string& config) const;

  std::optional<Interval> warm_up;

 private:
  int64_t warm_up_updates(const TrainingLength& training) const;
};

}  // namespace ae
