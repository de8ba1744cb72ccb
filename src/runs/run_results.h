#pragma once

#include "data/splits.h"
#include "engine/learner.h"
#include "runs/run_paths.h"

namespace ae {

/// Codes of the test, else validation, else training rows with their labels and row numbers, and
/// pictures of inputs, reconstructions and, where there is a prior, samples.
/// @param seed  of corruption and samples
void write_run_results(const RunPaths& paths, const Splits& splits, Learner& learner,
                       uint64_t seed);

}  // namespace ae
