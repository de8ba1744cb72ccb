#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace ae {

/// Moves features to mean 0 and deviation 1 over the rows that it was fitted to. A feature that
/// does not vary there, beyond the rounding of float32, becomes 0.
struct Standardization {
  at::Tensor mean;   ///< [D] float64
  at::Tensor scale;  ///< [D] float64: 1 / deviation, or 0

  /// @param rows  [N, D]
  static Standardization fit(const at::Tensor& rows);
  /// In place, so that no second copy is held. [N, D]
  void apply(at::Tensor& rows) const;
};

/// A linear classifier with probabilities softmax(weights · x + intercept).
struct LogisticRegression {
  at::Tensor weights;       ///< [K, D] float64
  at::Tensor intercept;     ///< [K] float64
  int64_t evaluations = 0;  ///< passes over the rows that fitting took
  bool converged = true;    ///< the gradient got below the tolerance

  /// All zero: every class as likely.
  static LogisticRegression zero(int64_t classes, int64_t features);
  /// The likeliest class. [N, D] → [N] int64
  at::Tensor classify(const at::Tensor& rows) const;
};

struct LogisticOptions {
  double c = 1;                ///< weight of the losses against that of the penalty
  double tolerance = 1e-4;     ///< of the gradient's largest entry, per row
  int64_t evaluations = 2000;  ///< at most
};

/// Minimises C · Σ cross-entropy + ½ ‖weights‖², as scikit-learn's LogisticRegression does (which
/// for two classes has one row of weights, the difference of the two here: their penalty is
/// doubled, so that results agree), by L-BFGS. Products are in the rows' element type, all else in
/// float64; what is held beside the rows is small. The same for the same rows and start.
/// @param rows     [N, D] float32 or float64, on the CPU; standardised ones converge well
/// @param classes  [N] int64 in [0, K)
/// @param start    where to begin; its shape says K
/// Source: Liu & Nocedal 1989, "On the limited memory BFGS method".
LogisticRegression fit_logistic_regression(const at::Tensor& rows, const at::Tensor& classes,
                                           const LogisticOptions& options,
                                           const LogisticRegression& start);

}  // namespace ae
