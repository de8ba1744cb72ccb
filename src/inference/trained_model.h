#pragma once

#include <filesystem>
#include <memory>

#include "checkpoints/checkpoint.h"
#include "inference/row_output.h"
#include "models/autoencoder.h"

namespace ae {

/// A model loaded from a checkpoint, in evaluation mode and float32.
struct TrainedModel {
  std::filesystem::path checkpoint;
  CheckpointInfo info;
  std::shared_ptr<Autoencoder> model;
  at::Device device;

  /// Opens an output of rows as the file had them: Preprocessing::restored().
  /// @param ids  names of columns of ids, for .csv
  std::unique_ptr<RowOutput> open_data_output(const std::filesystem::path& path,
                                              const std::vector<std::string>& ids = {}) const;
};

/// @param run  a run directory (its best checkpoint, else the last) or a checkpoint
/// @throws Error(data) if there is none, if it is damaged, if it has no checksum and `unverified`
///         is refuse, or if it needs more memory than is available
TrainedModel load_trained_model(const std::filesystem::path& run, at::Device device,
                                Unverified unverified = Unverified::refuse);

/// Loads a model's weights from a checkpoint.
void load_weights(const std::filesystem::path& checkpoint, Autoencoder& model);

}  // namespace ae
