#pragma once

#include <c10/core/Device.h>

#include <string>

#include "data/splits.h"
#include "run_directory/run_paths.h"
#include "training/experiment.h"
#include "training/state.h"

namespace ae {

/// Refuses to continue a run as another one. Names, lengths of training, how often to save, and
/// where the data lie may change.
/// @param saved  the experiment of its checkpoint
/// @throws Error(usage) naming the option that differs; Error(data) where the data do, or where the
///         manifest does not tell
void check_resumable(const RunPaths& run, const Experiment& saved, const Experiment& now,
                     const Splits& splits);

/// Adds to the manifest's list "resumed": when, from where, on what.
/// @return what is not as at the run's beginning and may change a result's last bits, for people;
///         "" where nothing is
std::string note_resumption(const RunPaths& run, const TrainingState& state, c10::Device device);

}  // namespace ae
