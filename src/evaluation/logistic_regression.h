#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace ae {

/// Scales features to mean 0 and standard deviation 1 over the rows it was fitted to. A feature
/// that is constant there, up to the rounding of float32, becomes 0.
struct Standardization {
  at::Tensor mean;   ///< [D] float64
  at::Tensor scale;  ///< [D] float64: 1 / deviation, or 0

  /// @param rows  [N, D]
  static Standardization fit(const at::Tensor& rows);
  /// Standardises rows in place. [N, D]
  void apply(at::Tensor& rows) const;
};

/// Linear classifier with probabilities softmax(weights · x + intercept).
struct LogisticRegression {
  at::Tensor weights;       ///< [K, D] float64
  at::Tensor intercept;     ///< [K] float64
  int64_t evaluations = 0;  ///< evaluations of the objective in fitting, each a pass over the rows
  bool converged = true;    ///< the gradient is within the tolerance

  /// All weights zero: equal probabilities of all classes.
  static LogisticRegression zero(int64_t classes, int64_t features);
  /// Most probable class of each row. [N, D] → [N] int64
  at::Tensor classify(const at::Tensor& rows) const;
};

struct LogisticOptions {
  double c = 1;                ///< inverse of the L2 regularisation strength
  double tolerance = 1e-4;     ///< largest gradient entry at convergence, times rows
  int64_t evaluations = 2000;  ///< maximum number of evaluations of the objective
};

/// Minimises C · Σ cross-entropy + ½ ‖weights‖² by L-BFGS, like scikit-learn's LogisticRegression.
/// For two classes scikit-learn has one row of weights, the difference of the two here, whose
/// penalty is doubled so that results agree. Matrix multiplications are in the rows' element type,
/// all else in float64. Needs little memory besides the rows. Deterministic.
/// @param rows     [N, D] float32 or float64, on the CPU; standardised ones converge faster
/// @param classes  [N] int64 in [0, K)
/// @param start    initial weights; their shape defines K
/// Source: Liu & Nocedal 1989, "On the limited memory BFGS method".
LogisticRegression fit_logistic_regression(const at::Tensor& rows, const at::Tensor& classes,
                                           const LogisticOptions& options,
                                           const LogisticRegression& start);

}  // namespace ae
