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

/// What a probe is given of each row.
struct ProbeFeatures {
  std::string name;   ///< "codes", "inputs" or "pca"
  std::string title;  ///< for people
  int64_t width = 0;
  std::function<at::Tensor(const at::Tensor&)> of;  ///< [n, D] scaled rows → [n, width]

  /// Those of all rows of a set. [N, width] float32 on the CPU
  /// @throws Error(data) where they are not finite
  at::Tensor compute(const RowSet& set, const Scaling& scaling) const;
};

/// The model's codes (a VAE's: posterior means), its inputs, and as many principal components as
/// codes have dimensions. The model and the components must outlive them.
std::vector<ProbeFeatures> probe_features(const TrainedModel& trained, const Pca& pca);

}  // namespace ae
