#pragma once

#include <c10/core/Device.h>

#include <string>

#include "models/autoencoder.h"

namespace ae {

/// Training holds gradients, two moments and the weights once more, and their average where one is
/// kept. What does not fit would be swapped in and out without end.
/// @throws Error(usage) where the memory that is free is not enough
void check_memory(const Autoencoder& model, bool averages, c10::Device device);

/// @param config  names the config in the message
/// @throws Error(usage) where the device cannot compute in that precision
void check_precision(const std::string& name, c10::Device device, const std::string& config);

}  // namespace ae
