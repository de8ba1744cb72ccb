#pragma once

#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <vector>

#include "experiments.h"
#include "training/trainer.h"

namespace ae {

inline constexpr int64_t kFeatures = 8;

inline Splits splits_of(int64_t rows, int64_t validation_rows = 0) {
  Splits splits;
  splits.train = row_set(learnable_rows(rows, kFeatures));
  if (validation_rows > 0) {
    splits.validation = row_set(learnable_rows(validation_rows, kFeatures, 5));
  }
  splits.preprocessing.shape = {kFeatures};
  return splits;
}

inline Json config_of(const char* kind, int64_t epochs = 2) {
  return {{"model", {{"kind", kind}, {"encoder", {{"type", "mlp"}, {"hidden", {6}}}}}},
          {"training", {{"epochs", epochs}, {"batch_size", 8}}}};
}

/// Training run with its inputs, and the events observed.
class ObservedRun : public Observer {
 public:
  using StepHook = std::function<Action(const Trainer&)>;

  ObservedRun(const Json& config, const Splits& splits)
      : experiment_(experiment_of(config)),
        splits_(splits),
        engine_(model_of(experiment_, kFeatures), objective_of(experiment_), *experiment_.optimizer,
                at::kCPU, update_options(experiment_)),
        trainer_(experiment_, splits_, engine_) {
    trainer_.add(*this);
  }

  Action on_step(const Trainer& trainer) override {
    rows_done.push_back(trainer.state().rows_done);
    return step_hook ? step_hook(trainer) : Action::go_on;
  }
  Action on_epoch(const Trainer& /*trainer*/, const EpochMetrics& metrics) override {
    epochs.push_back(metrics);
    return Action::go_on;
  }
  void on_non_finite(const Trainer& /*trainer*/, const std::string& what) override {
    non_finite_events.push_back(what);
  }
  void on_begin(const Trainer& /*trainer*/) override { ++begins; }
  void on_end(const Trainer& /*trainer*/) override { ++ends; }

  double train_loss(size_t epoch) const { return epochs.at(epoch).train.loss(); }
  Trainer& trainer() { return trainer_; }
  TrainingEngine& engine() { return engine_; }

  StepHook step_hook;
  std::vector<int64_t> rows_done;
  std::vector<EpochMetrics> epochs;
  std::vector<std::string> non_finite_events;
  int begins = 0;
  int ends = 0;

 private:
  Experiment experiment_;
  const Splits& splits_;
  TrainingEngine engine_;
  Trainer trainer_;
};

/// Stops a run after a number of updates.
/// @return  snapshot to resume from, its state read back from JSON
inline TrainingSnapshot stopped_at(int64_t step, ObservedRun& run) {
  std::optional<TrainingSnapshot> snapshot;
  run.step_hook = [&](const Trainer& trainer) {
    if (trainer.state().step != step) return Observer::Action::go_on;
    snapshot = trainer.snapshot();
    return Observer::Action::stop;
  };
  run.trainer().run();
  run.step_hook = nullptr;
  TrainingState& state = snapshot.value().state;
  state = TrainingState::from_json(parse_json(state.to_json().dump(), "state"), "state");
  return *snapshot;
}

/// Checks that a run stopped after its second, third or fourth step resumes bit-identically.
inline void expect_exact_resume(const Json& config, const Splits& splits) {
  ObservedRun whole(config, splits);
  whole.trainer().run();

  for (const int64_t stop_step : {2, 3, 4}) {  // inside an epoch, at its end, after it
    ObservedRun first(config, splits);
    const TrainingSnapshot snapshot = stopped_at(stop_step, first);
    ObservedRun second(config, splits);
    second.trainer().resume(snapshot);
    EXPECT_EQ(second.trainer().run(), Trainer::Outcome::completed);
    EXPECT_EQ(second.trainer().state().step, whole.trainer().state().step);
    EXPECT_TRUE(
        at::equal(second.engine().parameters().values(), whole.engine().parameters().values()));
    const EngineSnapshot a = second.engine().snapshot();
    const EngineSnapshot b = whole.engine().snapshot();
    ASSERT_EQ(a.optimizer.size(), 2u);
    for (size_t i = 0; i < 2; ++i) {
      EXPECT_TRUE(at::equal(a.optimizer[i].second, b.optimizer[i].second));
    }
    ASSERT_EQ(a.buffers.size(), b.buffers.size());
    for (size_t i = 0; i < a.buffers.size(); ++i) {
      EXPECT_TRUE(at::equal(a.buffers[i], b.buffers[i]));
    }
    EXPECT_EQ(second.epochs.back().train.means, whole.epochs.back().train.means);
    EXPECT_EQ(second.epochs.front().train.means,
              whole.epochs[whole.epochs.size() - second.epochs.size()].train.means);
    EXPECT_EQ(second.epochs.back().validation->means, whole.epochs.back().validation->means);
    EXPECT_EQ(second.trainer().state().best.loss, whole.trainer().state().best.loss);
  }
}

}  // namespace ae
