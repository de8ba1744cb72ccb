#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "checkpoints/checkpoint.h"
#include "engine/training_engine.h"

namespace ae {

/// The run or checkpoint that model.initial_weights names. A relative path is looked up in the
/// working directory, then in the config's folder.
/// @param run_root  the run that starts
/// @throws Error(data) naming the places searched, if there is none
/// @throws Error(usage) if it lies in the run that starts
std::filesystem::path find_initial_weights(const std::string& path,
                                           const std::filesystem::path& config,
                                           const std::filesystem::path& run_root);

/// Weights that a run started from.
struct InitialWeights {
  Json provenance;                    ///< for the manifest: path, step, checksum
  std::vector<std::string> warnings;  ///< differences that change what the weights mean
  std::vector<std::string> notes;
};

/// Loads the weights of a run's checkpoint into an engine that has not trained yet.
/// @param source  as from find_initial_weights()
/// @param info    of the run that starts
/// @throws Error(usage) if the model or the data's columns are others
/// @throws Error(data) if the checkpoint is damaged, or has no checksum and `unverified` is refuse
InitialWeights load_initial_weights(const std::filesystem::path& source, const CheckpointInfo& info,
                                    TrainingEngine& engine, Unverified unverified);

}  // namespace ae
