#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "evaluation/part.h"
#include "models/corruption.h"

namespace ae {

/// Rows with noise, and what removes it. [n, D] float32 on the CPU
struct DenoisedRows {
  at::Tensor clean;
  at::Tensor noisy;
  at::Tensor model;
  at::Tensor pca;     ///< of equal width, fitted to clean training rows
  at::Tensor median;  ///< median_filter(); undefined unless rows are images without missing values
};

/// A strength of the trained corruption.
struct NoiseLevel {
  double factor;                                 ///< of the trained strength
  double value;                                  ///< of the corruption's option
  std::shared_ptr<const Corruption> corruption;  ///< null for no noise
};

/// 0, 1/2, 1, 3/2 and 2 times the trained strength, without those that the corruption or the rows'
/// shape does not allow.
std::vector<NoiseLevel> noise_levels(const EvaluatedRows& rows);

/// Denoises the rows of a batch. Noise is that of held-out rows: of the seed and the row, the same
/// random numbers at every level.
DenoisedRows denoise(const EvaluatedRows& rows, const Batch& batch, const NoiseLevel& level);

/// Squared errors against the clean rows at a level, means over values that are not missing.
struct DenoisingErrors {
  double noisy = 0;
  double model = 0;
  double pca = 0;
  double median = 0;  ///< 0 unless has_median
};

struct DenoisingFigures {
  int64_t rows = 0;
  double power = 0;         ///< mean square of the clean values
  bool has_median = false;  ///< rows are images
  std::vector<DenoisingErrors> levels;
};

/// At most 2,000 evaluated rows, evenly spaced; fewer of wide models.
DenoisingFigures denoising_errors(const EvaluatedRows& rows, const std::vector<NoiseLevel>& levels);

/// PNG of lines of evenly spaced rows at a level: clean, noisy, denoised by the model, by the
/// median filter (of images), by PCA; empty if rows are no images or signals, or too large.
std::string denoising_picture(const EvaluatedRows& rows, const NoiseLevel& level);

}  // namespace ae
