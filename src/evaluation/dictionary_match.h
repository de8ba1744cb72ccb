#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace ae {

/// Agreement of decoder atoms with the true directions that the rows were made of, by the absolute
/// cosines |cos| of the angles between them, as SAELens defines it (synthetic/evals.py). Its F1
/// score of latents as detectors is not among them: it compares with the true activations of each
/// row, which directions do not tell.
struct DictionaryMatch {
  int64_t atoms = 0;
  int64_t directions = 0;
  /// Mean |cos| over the min(Z, K) pairs of the one-to-one matching with the greatest sum (mean
  /// correlation coefficient, MCC): 1 where all true directions are found.
  /// Source: O'Neill et al. 2024 (arXiv:2411.13117).
  double mean_correlation = 0;
  /// Distinct true directions among the best ones of the atoms, over the number of atoms: 1 where
  /// each atom has a direction of its own.
  double uniqueness = 0;
};

/// |cos| of each pair; 0 for a zero vector.
/// @param atoms       [Z, D] finite, on the CPU
/// @param directions  [K, D] likewise
/// @return            [Z, K] float64
at::Tensor absolute_cosines(const at::Tensor& atoms, const at::Tensor& directions);

/// @param cosines  [Z, K] of absolute_cosines(), Z ≥ 1, K ≥ 1. O(n² m) time for n = min(Z, K), m =
///                 max(Z, K)
DictionaryMatch dictionary_match(const at::Tensor& cosines);

}  // namespace ae
