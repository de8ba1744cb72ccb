#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "inference/gaussian_mixture.h"

namespace ae {

struct MixtureSelectionOptions {
  int64_t starts = 3;  ///< for each number of components
  uint64_t seed = 0;
  int threads = 1;  ///< the result does not depend on them
};

struct SelectedMixture {
  MixtureFit fit;
  /// A number of components that was tried, and its BIC.
  struct Candidate {
    int64_t components;
    double bic;
  };
  std::vector<Candidate> candidates;
};

/// Covariances that so many rows determine: full for at most 64 dimensions and at least ten values
/// for each parameter of one component, else diagonal.
CovarianceType covariance_type_for(int64_t rows, int64_t dimensions);

/// Number of rows to which a mixture is fitted in seconds to a minute: 20,000, or fewer of more
/// than 40 dimensions.
int64_t most_mixture_rows(int64_t dimensions);

/// The Gaussian mixture of 1, 2, 3, 5, 8, 12, 20 or 32 components, of at least ten rows each, with
/// the least BIC; greater numbers are left out once BIC has risen twice in succession. Variances
/// are regularised by 1e-6 of the rows' mean variance. Each number of components starts from
/// several k-means++ seeds; the best after five iterations of EM goes on to convergence.
/// @param rows  [N, Z] float64, finite, on the CPU
/// Source: Arthur & Vassilvitskii 2007, "k-means++: the advantages of careful seeding"; Biernacki,
/// Celeux & Govaert 2003, "Choosing starting values for the EM algorithm" (em-EM).
SelectedMixture select_gaussian_mixture(const at::Tensor& rows,
                                        const MixtureSelectionOptions& options);

}  // namespace ae
