#pragma once

#include <filesystem>
#include <memory>

#include "checkpoints/checkpoint.h"
#include "models/autoencoder.h"

namespace ae {

/// A model out of a checkpoint, ready to encode and decode.
struct TrainedModel {
  std::filesystem::path checkpoint;
  CheckpointInfo info;
  std::shared_ptr<Autoencoder> model;
  at::Device device;

  /// Rows in the data's own units from scaled ones. [B, D] → [B, D]
  at::Tensor unscaled(const at::Tensor& rows) const;
};

/// @param run  a run directory (its best checkpoint, else the last) or a checkpoint
/// @throws Error(data) where there is none, or it is damaged, or has no checksum and `unverified`
///         is refuse; where it would take more memory than is free
TrainedModel load_trained_model(const std::filesystem::path& run, at::Device device,
                                Unverified unverified = Unverified::refuse);

/// Takes a model's weights from a checkpoint.
void load_weights(const std::filesystem::path& checkpoint, Autoencoder& model);

}  // namespace ae
