#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace ae {

/// Options of latent_map().
struct LatentMapOptions {
  bool umap = false;  ///< instead of the latents or PCA, if this build has it
  uint64_t seed = 0;  ///< of UMAP
  int threads = 1;    ///< the result does not depend on them
  /// [N] drawn against a code of one latent, which has no second axis; undefined: zeros
  at::Tensor second = {};
  std::string second_label = {};
};

/// Codes in two dimensions.
struct LatentMap {
  std::string kind;        ///< "latents", "PCA" or "UMAP"
  at::Tensor coordinates;  ///< [N, 2] float64
  std::string x_label;
  std::string y_label;
  /// Of PCA: share of the codes' variance along each of the two axes, as scikit-learn's
  /// explained_variance_ratio_; else empty.
  std::vector<double> explained;
};

/// The two latents themselves if there are two, the only latent against `second` if there is one,
/// else the projection on the two principal axes, each pointing to where its component of greatest
/// magnitude is positive (as scikit-learn's svd_flip has it).
/// @param codes  [N, Z] float32 or float64, finite, on the CPU; N ≥ 1
LatentMap latent_map(const at::Tensor& codes, const LatentMapOptions& options = {});

}  // namespace ae
