#pragma once

#include "models/objective.h"

namespace ae {

/// Sets the memory layout of weight matrices so that the gemm of their gradient, which skips zeros,
/// has the sparser operand on the left: column-major if that is a layer's input. Call before the
/// parameters are flattened.
/// @param zeros_in_data  fraction of zeros in the encoder's input
void lay_out_weights(const Autoencoder& model, const Objective& objective, double zeros_in_data);

}  // namespace ae
