#pragma once

#include <filesystem>
#include <string>

#include "data/preprocessing.h"
#include "engine/flat_parameters.h"
#include "training/experiment.h"
#include "training/state.h"

namespace ae {

/// What a checkpoint says of itself, beside its tensors. The experiment is read without its name
/// and the folders of its data, which the run's config.json has.
struct CheckpointInfo {
  Experiment experiment;
  Preprocessing preprocessing;
};

/// Saves a folder with model.safetensors (weights under PyTorch's names, averaged where an average
/// is kept; config and preprocessing as metadata), state.safetensors (the optimiser's memory and,
/// beside an average, the last weights) and state.json (progress, checksums).
/// It appears under its name complete or not at all.
/// @param parameters  the layout of the snapshot's flat tensors
void save_checkpoint(const std::filesystem::path& folder, const CheckpointInfo& info,
                     const FlatParameters& parameters, const TrainingSnapshot& snapshot);

/// Config and preprocessing, without the weights.
CheckpointInfo read_checkpoint_info(const std::filesystem::path& folder);

/// Use of weights that no checksum vouches for: weights without a state.json beside
/// them, and those of schema 1, whose state.json does not vouch for itself.
enum class Unverified { refuse, use };

/// Verifies the weights by the checksum beside them.
/// @return  false where there is none
/// @throws Error(data) where they are damaged
bool verify_weights(const std::filesystem::path& folder);

/// The same. @throws Error(data) also where there is none and `unverified` is refuse
bool check_weights(const std::filesystem::path& folder, Unverified unverified);

/// A warning of weights that are used without a checksum.
std::string unverified_text(const std::filesystem::path& folder);

/// Refuses a checkpoint whose files are far larger than its model, before they are read.
/// @throws Error(data)
void check_sizes(const std::filesystem::path& folder, const FlatParameters& parameters,
                 const EngineSnapshot& layout);

/// What training resumes from, every checksum verified.
/// @param snapshot  gives the layout: a snapshot of a learner made from the same config
/// @throws Error(data) where a file is missing, damaged, or of another model
void load_snapshot(const std::filesystem::path& folder, const FlatParameters& parameters,
                   TrainingSnapshot& snapshot, Unverified unverified = Unverified::refuse);

}  // namespace ae
