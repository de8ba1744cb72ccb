#pragma once

#include <c10/core/Device.h>

#include <string>

#include "models/autoencoder.h"

namespace ae {

/// Training holds gradients, two moments and the weights once more, and their average where one is
/// kept; and a batch's values at the widest layer, with their gradient. What does not fit would be
/// swapped in and out without end.
/// @param rows  of a batch, times posterior samples
/// @throws Error(usage) where the memory that is free is not enough
void check_memory(const Autoencoder& model, bool averages, int64_t rows, c10::Device device);

/// @param config  names the config in the message
/// @throws Error(usage) where the device cannot compute in that precision
void check_precision(const std::string& name, c10::Device device, const std::string& config);

}  // namespace ae
