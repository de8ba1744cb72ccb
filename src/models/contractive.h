#pragma once

#include <ATen/core/Tensor.h>

#include "models/autoencoder.h"

namespace ae {

/// The squared Frobenius norm of the code's derivative by the input, one value per sample. Where
/// one layer with a sigmoid, a tanh or no activation makes the code it has a closed form; else it
/// is built by autograd, one pass backwards for each latent.
/// Source: Rifai et al. 2011, "Contractive auto-encoders", equation 1.
/// @param x  [B, D]
/// @return   [B]
at::Tensor contraction(Autoencoder& model, const at::Tensor& x, const Posterior& posterior,
                       const ForwardContext& context);

}  // namespace ae
