#pragma once

#include <memory>

#include "config/json.h"
#include "models/autoencoder.h"

namespace ae {

/// A linear Gaussian VAE with the parameters of probabilistic PCA, whose posterior it has exactly.
/// float64. @param ppca  components, mean, noise_variance and variances, from a golden script
std::shared_ptr<Autoencoder> ppca_model(const Json& ppca);

}  // namespace ae
