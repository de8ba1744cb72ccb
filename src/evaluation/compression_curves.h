#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "evaluation/part.h"

namespace ae {

/// Size and error of the evaluated rows in one setting of a coder.
struct CodedRows {
  double setting = 0;  ///< step, in units of CompressionCurves::code_scale; quality of JPEG
  double bits = 0;     ///< per row
  double mse = 0;      ///< per value that is not missing
  double escapes = 0;  ///< CodedSize::escapes
  at::Tensor bits_by_latent = {};  ///< [Z] float64; undefined for JPEG
};

/// Bits against error for a model's codes (of a VAE: posterior means), for coefficients of PCA,
/// which are coded in the same way, and of images for JPEG.
struct CompressionCurves {
  int64_t training_rows = 0;  ///< whose frequencies the coders have
  int64_t rows = 0;           ///< coded
  double code_scale = 0;      ///< root mean square of the codes' standard deviations
  double pca_scale = 0;       ///< likewise of the coefficients
  double mse = 0;             ///< of codes that are not rounded
  std::vector<CodedRows> model;
  std::vector<CodedRows> pca;
  std::vector<CodedRows> jpeg;  ///< empty unless rows are images without missing values
};

/// At most 10,000 training and 2,000 evaluated rows, evenly spaced, fewer of wide models. Steps are
/// common to all latents. Indices count from the training rows' mean, or from 0 where latents are
/// exactly 0 while they are inactive.
/// @throws Error(data) if codes are not finite or all the same
CompressionCurves compression_curves(const EvaluatedRows& rows);

}  // namespace ae
