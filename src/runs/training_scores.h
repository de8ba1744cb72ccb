#pragma once

#include <functional>

#include "data/splits.h"
#include "engine/training_engine.h"
#include "run_directory/run_paths.h"
#include "training/experiment.h"

namespace ae {

/// Writes scores.json: quantiles of the anomaly scores of the validation rows, else of the training
/// rows, and the best F1 where labels tell anomalies. The engine has the best checkpoint's weights.
/// @param experiment  that the engine trained
/// @param step        name of that checkpoint
/// @return            false if interrupted; nothing is written then
bool write_run_scores(const RunPaths& paths, const Splits& splits, TrainingEngine& engine,
                      const Experiment& experiment, const std::string& step,
                      const std::function<bool()>& interrupted);

}  // namespace ae
