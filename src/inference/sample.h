#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "inference/aggregated_posterior.h"
#include "inference/trained_model.h"

namespace ae {

struct SampleRequest {
  std::filesystem::path out;    ///< .png, .npy or .csv
  std::filesystem::path codes;  ///< decoded instead of samples from the prior; empty for none
  int64_t count = 64;
  std::optional<AggregatedPosterior> aggregated_posterior;  ///< sampled in place of the prior
  std::optional<std::string> label;  ///< condition of all rows; none: the classes in turn
  bool from_likelihood = false;      ///< sample each value from the likelihood, not its mean
  uint64_t seed = 1;
  std::filesystem::path data;          ///< of `rows`
  std::vector<int64_t> rows;           ///< their numbers in the file, from 0
  std::optional<int64_t> interpolate;  ///< steps between neighbours among `rows`, these included
  bool spherical = false;
  std::optional<int64_t> variations;  ///< draws around the code of each of `rows`
  double temperature = 1;             ///< factor of the standard deviations of variations
  std::vector<int64_t> traverse;      ///< latents that are changed alone
  int64_t steps = 11;                 ///< of a traversal
  double span = 3;                    ///< standard deviations to each side, of a traversal
  std::optional<int64_t> manifold;    ///< side of a grid over both latents
};

/// Samples codes from the prior N(0, I). Code i depends on i and the seed alone. [count, Z]
at::Tensor draw_from_prior(int64_t first, int64_t count, int64_t latent_dim, uint64_t seed);

/// Labels of generated rows: the classes in turn; row i has class i mod K. [count] int64
at::Tensor labels_in_turn(int64_t first, int64_t count, const Autoencoder& model);

/// Checks the name of the output before work is done for it.
/// @throws Error(usage) if it is not one of a kind that can be written, or if it is read
void check_sample_output(const TrainedModel& model, const SampleRequest& request);

/// Decodes sampled or given codes to a file, in the data's units.
/// @return  number of rows
/// @throws Error(usage) if codes are to be sampled and there is nothing to sample from
/// @throws Error(data) if the disk has no room for a .npy file of as many rows
int64_t sample_file(const TrainedModel& model, const SampleRequest& request);

}  // namespace ae
