#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/step_executor.h"

namespace ae {

/// Where NaN or infinity first came from. What is not known is empty.
struct NonFinite {
  std::string weight;         ///< that is not finite itself, "encoder.0.weight"
  std::string term;           ///< of the loss, "kl"
  std::string layer;          ///< the first whose output is not finite, "decoder.2 (Linear)"
  std::string gradient;       ///< of the last weight that has one which is not finite
  std::vector<int64_t> rows;  ///< numbers in the data of the first rows that lead there
  int64_t row_count = 0;      ///< of these in the batch
};

/// True where all values are finite. Waits for the device.
bool is_finite(const at::Tensor& values);

/// Passes a batch through the model once more, as training did, and looks. Slow: for when it is too
/// late. Leaves gradients and running statistics changed.
NonFinite find_non_finite(Autoencoder& model, const Objective& objective,
                          const FlatParameters& parameters, const Batch& batch,
                          const StepSettings& settings);

/// As a part of a sentence: "reconstruction is not finite, first behind decoder.2 (Linear), in row
/// 7 of rows.csv (rows count from 0)".
std::string describe(const NonFinite& found, const std::string& data);

}  // namespace ae
