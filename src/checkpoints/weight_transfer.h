#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "checkpoints/tensor_file.h"

namespace ae {

/// How a checkpoint's weights were taken over.
struct WeightTransfer {
  /// Parameters of the reconstruction loss that keep their initial values: those that the
  /// checkpoint lacks or has in another shape.
  std::vector<std::string> kept;
  /// Parameters of the checkpoint's reconstruction loss that are not used.
  std::vector<std::string> unused;
};

/// Copies a checkpoint's weights into tensors of the same names and shapes, of any floating-point
/// type and device: all of them or, but for the reconstruction loss ("reconstruction.…"), none. The
/// checkpoint's checksum must have been verified.
/// @param destinations  parameters and buffers of a model
/// @throws Error(usage) listing the weights that are missing, not expected, or of another shape
/// @throws Error(data) if the file is damaged, or a value is NaN or infinite
WeightTransfer transfer_weights(const std::filesystem::path& checkpoint,
                                const NamedTensors& destinations);

}  // namespace ae
