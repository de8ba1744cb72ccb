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

/// State of a schedule that depends on the loss (plateau).
struct ScheduleState {
  double best = std::numeric_limits<double>::infinity();  ///< lowest loss so far
  int64_t bad_epochs = 0;                                 ///< epochs without improvement
  double factor = 1;                                      ///< of the learning rate
};

/// Position within a schedule, counted from the end of the warm-up.
struct SchedulePosition {
  int64_t step = 0;     ///< updates made before this one
  int64_t updates = 1;  ///< total number of updates up to the end of training
  int64_t updates_per_epoch = 1;
};

/// Learning-rate schedule.
class LearningRateSchedule {
 public:
  virtual ~LearningRateSchedule() = default;
  virtual void visit(OptionVisitor& visitor) = 0;

  /// @param peak  optimizer.learning_rate
  virtual double learning_rate(double peak, const SchedulePosition& position,
                               const ScheduleState& state) const = 0;
  /// Updates the state with the epoch's loss, the one that selects the best epoch.
  virtual void end_epoch(double /*loss*/, ScheduleState& /*state*/) const {}

  /// True if the learning rate depends on the total length of training.
  virtual bool depends_on_training_length() const { return false; }
  /// True if the schedule has a warm-up of its own.
  virtual bool includes_warm_up() const { return false; }
  /// @throws Error(usage) naming the options that contradict each other
  virtual void check(double /*peak*/, const std::string& /*config*/) const {}
  /// @param begin  first update after the warm-up
  /// @throws Error(usage) if the schedule cannot take effect within training
  virtual void check_length(const TrainingLength& /*training*/, int64_t /*begin*/,
                            const std::string& /*config*/) const {}

  static std::span<const PartEntry<LearningRateSchedule>> table();
};

/// Schedule with an optional linear warm-up before it.
class SchedulePart : public Part<LearningRateSchedule> {
 public:
  SchedulePart() : Part("constant") {}
  void visit_shared(const std::string& /*type*/, OptionVisitor& visitor) override;

  /// Learning rate of update `step`, counted from 0: peak * (step + 1) / W during a warm-up of W
  /// updates, then given by the schedule.
  double learning_rate(double peak, int64_t step, const TrainingLength& training,
                       const ScheduleState& state) const;
  /// @param step  updates made; epochs that end within the warm-up do not count
  void end_epoch(double loss, int64_t step, const TrainingLength& training,
                 ScheduleState& state) const;

  /// @throws Error(usage) naming the options that contradict each other
  void check(double peak, const std::string& config) const;
  /// @throws Error(usage) with the arithmetic if warm-up or schedule outlasts training
  void check_length(const TrainingLength& training, const std::string& config) const;

  std::optional<Interval> warm_up;

 private:
  int64_t warm_up_updates(const TrainingLength& training) const;
};

}  // namespace ae
