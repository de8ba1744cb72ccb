#pragma once

#include <ATen/core/Tensor.h>

#include "models/autoencoder.h"

namespace ae {

/// Decodes codes to scaled data, the means of the likelihood, as many rows at a time as
/// stream_rows() has it.
/// @param codes   [N, Z], N ≥ 1
/// @param labels  [N] of a conditional model; else ignored
/// @param device  the model's
/// @return        [N, D] float32, on the CPU
at::Tensor decode_rows(Autoencoder& model, const at::Tensor& codes, const at::Tensor& labels,
                       at::Device device);

}  // namespace ae
