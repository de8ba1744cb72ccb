#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "evaluation/evaluation_data.h"
#include "evaluation/pca.h"
#include "inference/trained_model.h"

namespace ae {

/// One kind of features for a probe.
struct ProbeFeatures {
  std::string name;   ///< "codes", "inputs" or "pca"
  std::string title;  ///< name in tables
  int64_t width = 0;
  std::function<at::Tensor(const at::Tensor&)> extract;  ///< [n, D] scaled rows → [n, width]

  /// Computes the features of all rows of a set. [N, width] float32 on the CPU
  /// @throws Error(data) if a value is not finite
  at::Tensor compute(const RowSet& set, const Scaling& scaling) const;
};

/// The three kinds of features: codes (of a VAE: posterior means), inputs, and PCA projections with
/// as many components as latents. `trained` and `pca` must outlive the result.
std::vector<ProbeFeatures> probe_features(const TrainedModel& trained, const Pca& pca);

}  // namespace ae
