#pragma once

#include <c10/core/Device.h>

#include <string>

#include "data/splits.h"
#include "run_directory/run_paths.h"
#include "training/experiment.h"
#include "training/state.h"

namespace ae {

/// Refuses to resume a run with another experiment or other data. The run's name, the length of
/// training, the intervals of saving and the paths of data may change.
/// @param saved  experiment of the run's checkpoint
/// @param now    experiment of the present config
/// @throws Error(usage) with the option that differs; Error(data) if the data differ, or if the
///         manifest does not record them
void check_resumable(const RunPaths& run, const Experiment& saved, const Experiment& now,
                     const Splits& splits);

/// Appends to the manifest's list "resumed": time, epoch, step and execution environment.
/// @return differences from the environment in which the run started, which may change the last
///         bits of results, as text; "" if there are none
std::string record_resumption(const RunPaths& run, const TrainingState& state, c10::Device device);

}  // namespace ae
