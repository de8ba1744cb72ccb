#pragma once

#include <c10/core/Device.h>

#include <string>

#include "models/autoencoder.h"

namespace ae {

/// Checks that training fits in the available memory, instead of swapping. It needs gradients, two
/// moments, a copy of the weights and, if one is kept, their average; and a batch's activations in
/// the widest layer, with their gradient. A GPU's memory is not checked.
/// @param averages  a moving average of the weights is kept
/// @param rows      rows of a batch, times posterior samples
/// @throws Error(usage) if the available memory is not enough
void check_memory(const Autoencoder& model, bool averages, int64_t rows, c10::Device device);

/// Checks that the device supports a precision.
/// @param name    training.precision
/// @param config  the config's path, for the message
/// @throws Error(usage) if it does not
void check_precision(const std::string& name, c10::Device device, const std::string& config);

}  // namespace ae
