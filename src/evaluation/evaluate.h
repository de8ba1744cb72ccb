#pragma once

#include <cstdint>
#include <string>

#include "config/json.h"
#include "engine/loss_terms.h"
#include "evaluation/evaluation_data.h"
#include "evaluation/pca.h"
#include "inference/trained_model.h"
#include "models/latent_statistics.h"

namespace ae {

/// Figures of a model on a set of rows, beside what PCA of equal width, fitted to the training
/// rows, and the training rows' mean come to.
struct Evaluation {
  std::string split;  ///< "test", "validation", "train", or the file's name
  std::string path;
  int64_t rows = 0;
  int64_t features = 0;
  LossTerms::Means terms;    ///< the objective; for a VAE with one draw from the posterior
  double squared_error = 0;  ///< of the reconstruction from the code (a VAE's: posterior mean)
  double pca_squared_error = 0;
  double mean_squared_error = 0;  ///< of the training rows' mean as the only answer
  double variance = 0;            ///< squared distance of these rows from their own mean
  int64_t pca_components = 0;
  LatentStatistics latents;
  bool has_exact_zeros = false;  ///< of the codes: so that the active are counted

  Json to_json() const;
};

/// @param pca  of the training rows
Evaluation evaluate_run(const TrainedModel& trained, const EvaluationData& data, const Pca& pca);

}  // namespace ae
