#pragma once

#include <vector>

#include "evaluation/latent_activity.h"
#include "evaluation/part.h"
#include "report/page/page.h"

namespace ae {

/// Sparse codes of the evaluated rows.
struct SparseCodes {
  LatentActivity activity;
  /// Share of rows in which each latent is near zero: below 1 % of its greatest absolute
  /// activation. [Z]; empty where inactive latents are exactly 0.
  std::vector<double> near_zero;

  bool has_exact_zeros() const { return near_zero.empty(); }
  /// What ranks latents: density, or mean absolute activation without exact zeros. [Z]
  std::vector<double> ranking() const {
    return has_exact_zeros() ? activity.density() : activity.mean_magnitude();
  }
};

/// Adds distributions over latents and rows, and, of up to 24 latents evenly spaced by their
/// activity, the atoms and the rows that excite them most: pictures where rows are drawn, else
/// tables.
void add_sparse_figures(const EvaluatedRows& rows, const SparseCodes& codes, PageSection& section);

}  // namespace ae
