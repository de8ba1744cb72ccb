#pragma once

#include <functional>

#include "data/splits.h"
#include "engine/training_engine.h"
#include "run_directory/run_paths.h"

namespace ae {

/// Codes of the test, else validation, else training rows with their labels and row numbers, and
/// pictures of inputs, reconstructions and, where there is a prior, samples.
/// @param seed         of corruption and samples
/// @param interrupted  asked now and then: true to leave off
/// @return             false where it left off
bool write_run_results(const RunPaths& paths, const Splits& splits, TrainingEngine& engine,
                       uint64_t seed, const std::function<bool()>& interrupted);

}  // namespace ae
