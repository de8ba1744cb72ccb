#pragma once

#include <functional>

#include "data/splits.h"
#include "engine/training_engine.h"
#include "run_directory/run_paths.h"

namespace ae {

/// Writes codes of the test, else validation, else training rows, with their labels and row
/// numbers, and pictures of inputs, reconstructions and, if the model has a prior, samples.
/// @param seed         random seed of corruption and samples
/// @param interrupted  polled; returns true to stop
/// @return             false if stopped
bool write_run_results(const RunPaths& paths, const Splits& splits, TrainingEngine& engine,
                       uint64_t seed, const std::function<bool()>& interrupted);

}  // namespace ae
