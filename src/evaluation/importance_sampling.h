#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "engine/row_loop.h"
#include "models/autoencoder.h"

namespace ae {

/// Negative log-likelihood by importance sampling from the posterior, over rows:
/// -log (1/K) Σ_k p(x|z_k) p(z_k) / q(z_k|x), an upper bound in expectation that falls with K.
/// Source: Rezende et al. 2014 (arXiv:1401.4082), appendix E; Burda et al. 2015 (arXiv:1509.00519).
struct ImportanceSampledLikelihood {
  int64_t samples = 0;  ///< K for each row
  int64_t rows = 0;
  double nats = 0;                       ///< mean over rows
  std::optional<double> standard_error;  ///< over rows; none for a single row
  double effective_samples = 0;          ///< (Σ w)² / Σ w², mean over rows; at most K
};

struct ImportanceSamplingOptions {
  int64_t samples = 100;
  uint64_t seed = 1;
  int threads = 1;
  at::ScalarType type = at::kFloat;                 ///< the model's
  std::function<void(int64_t rows)> progress = {};  ///< called with the rows that are done
};

/// Estimates the likelihood of the reader's targets. The draws of a row follow from the seed and
/// its number.
/// @param model  with a prior and a likelihood
ImportanceSampledLikelihood importance_sampled_likelihood(Autoencoder& model, ChunkReader& reader,
                                                          at::Device device,
                                                          const ImportanceSamplingOptions& options);

}  // namespace ae
