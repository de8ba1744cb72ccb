#pragma once

#include <functional>
#include <string>
#include <vector>

#include "data/splits.h"
#include "engine/training_engine.h"
#include "run_directory/run_paths.h"
#include "training/experiment.h"

namespace ae {

/// Writes report.html of a run whose model is trained.
/// @param engine    with the weights of the best checkpoint, in float32
/// @param warnings  of training
/// @param warn      called if the model cannot be evaluated, so that there is no report
/// @return          false if interrupted
/// @throws Error(data) if it cannot be written
bool write_training_report(const RunPaths& paths, const Splits& splits, TrainingEngine& engine,
                           const Experiment& experiment, std::vector<std::string> warnings,
                           const std::function<bool()>& interrupted,
                           const std::function<void(const std::string&)>& warn);

/// Writes the codes of the reported rows, at most 10,000, with their labels for TensorBoard's
/// Embedding Projector. @throws Error(data) if they cannot be written
void write_run_projector(const RunPaths& paths, const Splits& splits, TrainingEngine& engine,
                         uint64_t seed);

}  // namespace ae
