#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "config/json.h"
#include "data/splits.h"
#include "inference/mixture_selection.h"
#include "inference/trained_model.h"

namespace ae {

/// A Gaussian mixture fitted to the codes of rows: an estimate of the aggregated posterior, the
/// mean of the rows' posteriors, to sample from. It gives a sampler to autoencoders without a
/// prior, and for a VAE it leaves out the codes that are likely by the prior and that no row has.
/// Source: Ghosh et al. 2020 (arXiv:1903.12436), "ex-post density estimation".
struct AggregatedPosterior {
  SelectedMixture selected;
  int64_t codes = 0;           ///< number of codes that it is fitted to
  std::filesystem::path file;  ///< of the rows whose codes these are; empty for training rows
  Activation::Bounds bounds;   ///< to which sampled codes are clamped; infinite for a VAE
  int64_t active_latents = 0;  ///< of which a k-sparse code has so many, the largest; 0: all
  bool has_prior = false;      ///< of the model

  /// Sampled codes: code i depends on i and the seed alone. [count, Z] float32
  at::Tensor draw(int64_t first, int64_t count, uint64_t seed) const;
  /// What is sampled from, and how codes are made to fit the latent: a line each.
  std::vector<std::string> lines() const;
  Json to_json() const;
};

/// Fits a mixture to the codes of a set's rows, at most most_mixture_rows(), evenly spaced.
/// Of a Gaussian posterior, a code is one draw.
/// @throws Error(usage) if the model is conditional, as codes then depend on labels
/// @throws Error(data) if there are fewer than two rows, or if codes are not finite
AggregatedPosterior fit_aggregated_posterior(const TrainedModel& trained, const RowSet& rows,
                                             int threads);

/// Fits a mixture to the codes of a file's rows; of more than can be used it takes every second,
/// fourth, eighth, … row.
/// @throws Error(data) if the file cannot be read or its rows do not fit the model
AggregatedPosterior fit_aggregated_posterior(const TrainedModel& trained,
                                             const std::filesystem::path& data, int threads);

}  // namespace ae
