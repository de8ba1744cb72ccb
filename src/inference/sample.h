#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "inference/trained_model.h"

namespace ae {

struct SampleRequest {
  std::filesystem::path out;    ///< .png, .npy or .csv
  std::filesystem::path codes;  ///< decode these instead of drawing; empty for none
  int64_t count = 64;
  std::optional<std::string> label;  ///< of a conditional model: all rows have it; else in turn
  bool from_likelihood = false;      ///< draw each value instead of taking the mean
  uint64_t seed = 1;
};

/// Draws codes from the prior, sample i always the same for a seed. [count, Z]
at::Tensor draw_from_prior(int64_t first, int64_t count, int64_t latent_dim, uint64_t seed);

/// Labels for rows that no one labelled: each class in its turn. [count] int64
at::Tensor labels_in_turn(int64_t first, int64_t count, const Autoencoder& model);

/// Decodes drawn or given codes, in the data's own units, to a file. Returns how many.
/// @throws Error(usage) where codes are to be drawn and the model has no prior
int64_t sample_file(const TrainedModel& model, const SampleRequest& request);

}  // namespace ae
