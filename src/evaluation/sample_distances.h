#pragma once

#include <cstdint>
#include <optional>

#include "evaluation/part.h"

namespace ae {

/// Fréchet distances from the evaluated rows, in the space of the training rows' principal
/// components: smaller is nearer. Decoded rows are means of the likelihood, without its noise.
struct SampleDistances {
  int64_t components = 0;
  int64_t rows = 0;            ///< of each of the compared sets
  double samples = 0;          ///< of rows decoded from samples of the prior
  double reconstructions = 0;  ///< of the evaluated rows, from their posterior means
  /// Of training rows: what a model that draws rows as those of the training set would have. None
  /// if the evaluated rows are the training rows.
  std::optional<double> training_rows;
};

/// @param rows  of a model with a prior
/// @return      nothing if there are fewer than two rows, or if some have missing values
std::optional<SampleDistances> sample_distances(const EvaluatedRows& rows);

}  // namespace ae
