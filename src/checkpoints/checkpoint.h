#pragma once

#include <filesystem>
#include <string>

#include "data/preprocessing.h"
#include "engine/flat_parameters.h"
#include "training/experiment.h"
#include "training/state.h"

namespace ae {

/// Metadata of a checkpoint. The experiment has no name and its data no folders; the run's
/// config.json has them.
struct CheckpointInfo {
  Experiment experiment;
  Preprocessing preprocessing;
};

/// Saves a folder with model.safetensors (weights under PyTorch's names, or their moving average if
/// one is kept; config and preprocessing as metadata), state.safetensors (the optimiser's state;
/// the raw weights beside an average) and state.json (progress, checksums). Atomic: the folder
/// appears complete or not at all.
/// @param parameters  the layout of the snapshot's flat tensors
void save_checkpoint(const std::filesystem::path& folder, const CheckpointInfo& info,
                     const FlatParameters& parameters, const TrainingSnapshot& snapshot);

/// Reads config and preprocessing, without the weights.
CheckpointInfo read_checkpoint_info(const std::filesystem::path& folder);

/// Handling of weights that cannot be verified: those without a state.json beside them, and those
/// of schema 1, whose state.json has no checksum of its own.
enum class Unverified { refuse, use };

/// Verifies the weights by the checksum in state.json.
/// @return  false if there is none
/// @throws Error(data) if they are damaged
bool verify_weights(const std::filesystem::path& folder);

/// Verifies the weights as verify_weights() does, and the training state if its file is there.
/// @throws Error(data) if one is damaged
bool verify_checkpoint(const std::filesystem::path& folder);

/// Verifies the weights as verify_weights() does.
/// @throws Error(data) also if there is no checksum and `unverified` is refuse
bool check_weights(const std::filesystem::path& folder, Unverified unverified);

/// Warning text for weights that are used without a checksum.
std::string unverified_text(const std::filesystem::path& folder);

/// Refuses a checkpoint whose files are far larger than its model, before they are read.
/// @throws Error(data)
void check_sizes(const std::filesystem::path& folder, const FlatParameters& parameters,
                 const EngineSnapshot& layout);

/// Loads the training state, with every checksum verified.
/// @param snapshot  a snapshot of an engine built from the same config, overwritten
/// @throws Error(data) if a file is missing, damaged, or of another model
void load_snapshot(const std::filesystem::path& folder, const FlatParameters& parameters,
                   TrainingSnapshot& snapshot, Unverified unverified = Unverified::refuse);

}  // namespace ae
