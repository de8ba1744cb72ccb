#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <vector>

namespace ae {

/// How far each factor of variation is captured by a single code.
struct MutualInformationGap {
  double mean = 0;  ///< over the factors that vary
  /// [F] gap between the two codes that say most about a factor, over the factor's entropy, in
  /// [0, 1]; nothing for a factor that is constant.
  std::vector<std::optional<double>> factors;
  at::Tensor information;  ///< [Z, F] float64: mutual information of each code and factor in nats
};

/// Mutual information gap with codes in 20 bins of equal width, as disentanglement_lib has it.
/// @param codes    [N, Z] float32 or float64, finite, on the CPU; N ≥ 1
/// @param factors  [N, F] int64 labels, any values
/// @return nothing if there are fewer than 2 codes, or if no factor varies
/// Source: Chen et al. 2018, "Isolating sources of disentanglement in variational autoencoders"
/// (arXiv:1802.04942); bins by Locatello et al. 2019 (arXiv:1811.12359).
std::optional<MutualInformationGap> mutual_information_gap(const at::Tensor& codes,
                                                           const at::Tensor& factors);

}  // namespace ae
