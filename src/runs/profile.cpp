#include "runs/profile.h"

#include <algorithm>

#include "core/clock.h"
#include "core/error.h"

namespace ae {
namespace {

/// Measures steps for some seconds, after warm-up steps that allocate memory and fill caches.
class Stopwatch : public Observer {
 public:
  explicit Stopwatch(PhaseTimes& times) : times_(times), begin_(monotonic_seconds()) {}

  Action on_step(const Trainer& trainer) override {
    const int64_t rows_done = trainer.state().rows_done;
    const double epoch_seconds = trainer.epoch_seconds();
    if (measuring_) {
      ++steps;
      samples += rows_done - rows_done_;
      seconds += epoch_seconds - epoch_seconds_;
    } else if (++warmup_steps_ >= kWarmupSteps && monotonic_seconds() >= begin_ + kWarmupSeconds) {
      measuring_ = true;
      times_.clear();
    }
    rows_done_ = rows_done;
    epoch_seconds_ = epoch_seconds;
    return seconds < kSeconds ? Action::go_on : Action::stop;
  }

  Action on_epoch(const Trainer& /*trainer*/, const EpochMetrics& /*metrics*/) override {
    rows_done_ = 0;
    epoch_seconds_ = 0;
    return Action::go_on;
  }

  int64_t steps = 0;
  int64_t samples = 0;
  double seconds = 0;

 private:
  static constexpr int64_t kWarmupSteps = 3;
  static constexpr double kWarmupSeconds = 0.5;
  static constexpr double kSeconds = 4;

  PhaseTimes& times_;
  double begin_;
  int64_t warmup_steps_ = 0;
  bool measuring_ = false;
  int64_t rows_done_ = 0;  // in this epoch, at the previous step
  double epoch_seconds_ = 0;
};

}  // namespace

Profile profile_training(TrainingRun& run) {
  TrainingEngine& engine = run.engine();
  Trainer trainer(run.experiment(), run.splits(), engine);
  Profile profile;
  profile.operations_per_sample = run.engine().flops_per_row();
  Stopwatch stopwatch(engine.measure_steps());
  trainer.add(stopwatch);
  trainer.run();
  if (stopwatch.steps == 0) {
    throw usage_error(
        "--profile: training ends before a step is measured; raise training.epochs (now {})",
        run.experiment().training.epochs);
  }
  profile.steps = stopwatch.steps;
  profile.samples = stopwatch.samples;
  profile.seconds = stopwatch.seconds;
  profile.threads = engine.threads();
  const double thread_seconds = profile.seconds * profile.threads;
  double rest = 1;
  const auto add = [&](const char* name, Phase phase) {
    const double fraction = engine.times()->seconds(phase) / thread_seconds;
    profile.phase_fractions.emplace_back(name, fraction);
    rest -= fraction;
  };
  add("data", Phase::data);
  add("forward", Phase::forward);
  add("backward", Phase::backward);
  add("update", Phase::update);
  profile.phase_fractions.emplace_back("waiting", std::max(0.0, rest));
  profile.operations_per_second = profile.operations_per_sample * profile.samples_per_second();
  profile.limit_per_second = engine.matmul_limit();
  return profile;
}

}  // namespace ae
