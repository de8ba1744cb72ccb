#pragma once

#include "checkpoints/checkpoint.h"
#include "experiments.h"

namespace ae {

/// A training engine of a small model, and a checkpoint of it in a temporary folder.
class SmallCheckpoint {
 public:
  SmallCheckpoint()
      : experiment_(experiment_of({{"model", {{"encoder", {{"type", "mlp"}, {"hidden", {4}}}}}}})),
        engine_(model_of(experiment_, kFeatures), objective_of(experiment_, kFeatures),
                *experiment_.optimizer, at::kCPU, update_options(experiment_)) {
    CheckpointInfo info{experiment_, {}};
    info.preprocessing.shape = {kFeatures};
    TrainingSnapshot saved = snapshot();
    saved.state.epoch = 2;
    saved.state.step = 7;
    saved.state.sums = {{"loss", 1.5}};
    saved.state.best = {.loss = 0.5, .epoch = 1, .step = 4};
    save_checkpoint(folder(), info, engine_.parameters(), saved);
  }

  std::filesystem::path folder() const { return place_ / "step_7"; }
  const FlatParameters& parameters() const { return engine_.parameters(); }
  /// Snapshot for load_snapshot() to overwrite.
  TrainingSnapshot snapshot() const { return {{}, engine_.snapshot()}; }

 private:
  static constexpr int64_t kFeatures = 5;

  TempDir place_;
  Experiment experiment_;
  TrainingEngine engine_;
};

}  // namespace ae
