#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <vector>

namespace ae {

/// Uniform scalar quantiser of codes: the nearest of offset + i · step, halves to even i, with one
/// step for all latents, so that latents that hardly vary cost hardly any bits.
struct Quantizer {
  at::Tensor offset;  ///< [Z] float64
  double step = 1;

  /// i of each value, whole numbers. [N, Z] → [N, Z] float64
  at::Tensor indices(const at::Tensor& codes) const;
  /// Nearest value of each. [N, Z] → [N, Z] float64
  at::Tensor rounded(const at::Tensor& codes) const;
};

/// Size of quantised codes.
struct CodedSize {
  at::Tensor bits;     ///< [Z] float64 of each latent, mean over held-out rows
  double escapes = 0;  ///< share of held-out values with an index that no training row has
};

/// Size of held-out codes, each latent coded by the frequencies of its indices in N training rows:
/// an index of n training rows takes -log2(n / (N + 1)) bits, any other one log2(N + 1) bits for an
/// escape (which counts as one further training row) and the Elias gamma code of the index
/// (2 floor(log2 m) + 1 bits, m = 1, 2, 3, … for 0, -1, 1, -2, …). This is a cross-entropy, which
/// an arithmetic coder reaches up to a few bits in all. Source: Elias 1975, "Universal codeword
/// sets".
/// @param training  [N, Z] float32 or float64, finite
/// @param held_out  [M, Z] likewise
CodedSize coded_size(const at::Tensor& training, const at::Tensor& held_out,
                     const Quantizer& quantizer, int threads = 1);

/// Size and error of rows that are coded in one way.
struct RatePoint {
  double bits;  ///< per row
  double mse;
};

/// Error of a curve at a number of bits, log MSE interpolated linearly between the neighbouring
/// points; none outside the curve. @param curve  in any order
std::optional<double> mse_at(std::vector<RatePoint> curve, double bits);

}  // namespace ae
