#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/json.h"
#include "evaluation/class_labels.h"
#include "evaluation/evaluation_data.h"
#include "evaluation/pca.h"
#include "inference/trained_model.h"

namespace ae {

/// Classification errors on a set of rows.
struct ProbeScore {
  int64_t rows = 0;
  int64_t errors = 0;

  double error() const { return static_cast<double>(errors) / static_cast<double>(rows); }
  double accuracy() const { return 1 - error(); }
};

/// Result of a classifier on one kind of features.
struct ProbeResult {
  std::string classifier;  ///< "logistic_regression" or "nearest_neighbours"
  std::string features;    ///< "codes", "inputs" or "pca"
  std::string title;       ///< the features' name in tables
  int64_t width = 0;       ///< number of features
  ProbeScore evaluated;
  /// On training rows; nearest neighbours by leave-one-out, on at most 10,000 of them.
  ProbeScore training;
  // Logistic regression only:
  double c = 0;             ///< selected on held-out training rows
  int64_t evaluations = 0;  ///< evaluations of the objective in the last fit
  bool converged = true;
};

struct Probe {
  int64_t classes = 0;
  int64_t training_rows = 0;
  int64_t rows = 0;
  int64_t neighbours = 0;
  int64_t unseen_rows = 0;          ///< rows with a label that no training row has: all are errors
  std::vector<std::string> unseen;  ///< distinct labels of these rows
  std::vector<ProbeResult> results;

  Json to_json() const;
};

/// Checked inputs of a probe.
struct ProbeTask {
  ClassLabels labels;
  int64_t neighbours = 5;  ///< k of k-nearest neighbours
};

/// Checks that the probe can run, before any long computation.
/// @throws Error(usage) if there are only training rows, if `neighbours` is not smaller than their
///         number, or if the model is conditional on labels
/// @throws Error(data) if labels cannot be used, or if memory does not suffice
ProbeTask prepare_probe(const TrainedModel& trained, const EvaluationData& data,
                        int64_t neighbours);

/// Evaluates frozen codes as features: logistic regression and k-nearest neighbours are trained on
/// the codes of the training rows and, as baselines, on the model's inputs and on PCA with as many
/// components as latents. Nearest neighbours use the features unscaled. Logistic regression uses
/// features standardised on the training rows, with the C of 0.0001, 0.001, … 10 that has the
/// fewest errors on a random fifth (at most 10,000) of the training rows.
/// Holds one kind of features at a time: 4 bytes × (training + evaluated rows) × width, besides the
/// data. Deterministic for the same run, data, LibTorch, processor and threads.
/// @param pca  PCA of the training rows
/// Source: Alain & Bengio 2016 (arXiv:1610.01644).
Probe probe(const TrainedModel& trained, const EvaluationData& data, const ProbeTask& task,
            const Pca& pca);

}  // namespace ae
