#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/step_executor.h"

namespace ae {

/// Origin of a NaN or infinity in training. Unknown fields are empty.
struct NonFinite {
  std::string weight;         ///< weight that is not finite itself: "encoder.0.weight"
  std::string term;           ///< loss term: "kl"
  std::string layer;          ///< first layer with a non-finite output: "decoder.2 (Linear)"
  std::string gradient;       ///< last weight with a non-finite gradient
  std::vector<int64_t> rows;  ///< indices in the data of the first rows with a non-finite loss
  int64_t row_count = 0;      ///< number of such rows in the batch
};

/// Returns true if all values are finite. Waits for the device.
bool is_finite(const at::Tensor& values);

/// Finds the origin of a non-finite loss or gradient by repeating the batch's forward and backward
/// pass. Slow. Leaves gradients and running statistics changed.
NonFinite find_non_finite(Autoencoder& model, const Objective& objective,
                          const FlatParameters& parameters, const Batch& batch,
                          const StepSettings& settings);

/// Description as part of a sentence: "reconstruction is not finite, first in the output of
/// decoder.2 (Linear), in row 7 of rows.csv (counted from 0)".
std::string describe(const NonFinite& found, const std::string& data);

}  // namespace ae
