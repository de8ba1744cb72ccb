#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <span>

namespace ae {

/// Anomaly detector that is fitted to training rows. Scores do not depend on the threads.
class Detector {
 public:
  virtual ~Detector() = default;
  /// Anomaly scores; greater = more anomalous.
  /// @param rows     [M, D] float32 or float64, finite, on the CPU
  /// @param threads  at most that many share the work
  /// @return         [M] float64
  virtual at::Tensor score(const at::Tensor& rows, int threads) const = 0;
  /// Scores of the training rows, as the method defines them: a row is not its own neighbour. [N]
  /// float64
  virtual at::Tensor score_training_rows(int threads) const = 0;
};

/// Settings of all detectors; each takes those that concern it.
struct DetectorOptions {
  uint64_t seed = 1;
  int64_t neighbours = 5;  ///< reduced where there are fewer other rows
  int64_t trees = 100;
  /// Number of principal components, reduced to below the numbers of features and of rows; 0 for
  /// half as many as features, rounded up.
  int64_t components = 0;
};

/// Named baseline detector.
struct DetectorKind {
  const char* name;
  const char* summary;
  /// @param training_rows  [N, D] float32 or float64, finite, on the CPU; N ≥ 2, D ≥ 1; shared, not
  ///                       copied, if float64. Distances and PCA want columns of one scale.
  std::unique_ptr<Detector> (*fit)(const at::Tensor& training_rows, const DetectorOptions& options);
};

/// All baseline detectors.
std::span<const DetectorKind> detectors();

}  // namespace ae
