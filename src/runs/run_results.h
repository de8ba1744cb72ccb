#pragma once

#include "data/splits.h"
#include "models/autoencoder.h"
#include "runs/run_paths.h"
#include "training/experiment.h"

namespace ae {

/// Codes of the test, else validation, else training rows with their labels and row numbers, and
/// pictures of inputs, reconstructions and, where there is a prior, samples.
void write_run_results(const RunPaths& paths, const Splits& splits, Autoencoder& model,
                       const Experiment& experiment, at::Device device);

}  // namespace ae
