#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "evaluation/part.h"

namespace ae::parts {

/// Errors of reconstructions that a report shows.
struct ReportedErrors {
  at::Tensor by_row;            ///< [N] squared error, summed over features
  at::Tensor pca_by_row;        ///< [N] the same of PCA
  at::Tensor by_feature;        ///< [D] mean squared error
  std::vector<int64_t> places;  ///< of all rows in the evaluated set, the worst first
};

/// Section "Reconstruction": rows beside their reconstructions, the worst rows, errors by row and
/// by feature.
PageSection reconstruction_section(const EvaluatedRows& rows, const ReportedErrors& errors);

}  // namespace ae::parts
