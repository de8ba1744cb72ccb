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

/// Metrics of a model on a set of rows, and of two baselines fitted to the training rows: PCA with
/// as many components as latents, and the mean.
struct Evaluation {
  std::string split;  ///< "test", "validation", "train", or the file's name
  std::string path;
  int64_t rows = 0;
  int64_t features = 0;
  LossTerms::Means terms;    ///< objective; of a VAE with one sample from the posterior
  double squared_error = 0;  ///< of the reconstruction from the code (of a VAE: posterior mean)
  double pca_squared_error = 0;
  double mean_squared_error = 0;  ///< of the training rows' mean as the prediction
  double variance = 0;  ///< mean squared distance of these rows from their own mean, over values
                        ///< that are not missing; 0 if they do not vary
  double observed = 0;  ///< values of a row that are not missing, mean over rows
  int64_t pca_components = 0;
  LatentStatistics latents;
  bool has_exact_zeros = false;  ///< codes have exact zeros: the active latents are counted

  Json to_json() const;
};

/// Evaluates a model.
/// @param pca  PCA of the training rows
/// @throws EvaluationInterrupted
Evaluation evaluate_run(const TrainedModel& trained, const EvaluationData& data, const Pca& pca,
                        const Interrupted& interrupted = {});

}  // namespace ae
