#pragma once

#include <ATen/core/Tensor.h>

#include "engine/batch.h"
#include "models/autoencoder.h"

namespace ae {

/// Terms of the evidence lower bound of rows: ELBO = -(distortion + rate), whatever the weights of
/// the training loss are.
/// Source: Kingma & Welling 2013 (arXiv:1312.6114); the names are of Alemi et al. 2018
/// (arXiv:1711.00464).
struct ElboTerms {
  /// [B] float64, -log p(x|z) for one z drawn from each posterior, an estimate of its expectation;
  /// the reconstruction loss in its own unit if that is no likelihood
  at::Tensor distortion;
  at::Tensor rate;  ///< [B] float64, KL(q(z|x) || p(z)) in nats
};

/// @param model      with a prior
/// @param posterior  of the batch's rows, from which its noise draws
ElboTerms elbo_terms(Autoencoder& model, const Batch& batch, const Posterior& posterior);

}  // namespace ae
