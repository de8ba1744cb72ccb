#pragma once

#include <ATen/core/Tensor.h>

#include "models/autoencoder.h"

namespace ae {

/// Squared Frobenius norm of the Jacobian of the code with respect to the input, one value per
/// sample. Closed form for a single layer with sigmoid, tanh or no activation; otherwise autograd,
/// one backward pass per latent.
/// Source: Rifai et al. 2011, "Contractive auto-encoders", equation 1.
/// @param x  [B, D]
/// @return   [B]
at::Tensor contraction(Autoencoder& model, const at::Tensor& x, const Posterior& posterior,
                       const ForwardContext& context);

}  // namespace ae
