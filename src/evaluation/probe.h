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

/// Wrong answers on some rows.
struct ProbeScore {
  int64_t rows = 0;
  int64_t errors = 0;

  double error() const { return static_cast<double>(errors) / static_cast<double>(rows); }
  double accuracy() const { return 1 - error(); }
};

/// A classifier on one kind of features.
struct ProbeResult {
  std::string classifier;  ///< "logistic_regression" or "nearest_neighbours"
  std::string features;    ///< "codes", "inputs" or "pca"
  std::string title;       ///< of these, for people
  int64_t width = 0;       ///< of the features
  ProbeScore evaluated;
  /// On training rows: for neighbours, those of each row among the others, for at most 10,000.
  ProbeScore training;
  // Of logistic regression:
  double c = 0;             ///< chosen on a part of the training rows
  int64_t evaluations = 0;  ///< passes over the training rows of the last fit
  bool converged = true;
};

struct Probe {
  int64_t classes = 0;
  int64_t training_rows = 0;
  int64_t rows = 0;
  int64_t neighbours = 0;
  int64_t unseen_rows = 0;          ///< whose label no training row has: all counted as errors
  std::vector<std::string> unseen;  ///< those labels
  std::vector<ProbeResult> results;

  Json to_json() const;
};

/// What a probe needs to know, checked.
struct ProbeTask {
  ClassLabels labels;
  int64_t neighbours = 5;  ///< that vote
};

/// Checks before anything takes long.
/// @throws Error(usage) where there are no rows apart from the training rows, neighbours are too
///         many, or the model is given the labels
/// @throws Error(data) where labels cannot be used, or memory does not suffice
ProbeTask prepare_probe(const TrainedModel& trained, const EvaluationData& data,
                        int64_t neighbours);

/// How well labels can be told from codes: two simple classifiers, trained on the codes of the
/// training rows while the model stays as it is, beside the same on the model's inputs and on
/// principal components of equal width. Nearest neighbours take features as they are; logistic
/// regression takes them standardised by the training rows, with the C of 0.0001, 0.001, … 10 that
/// errs least on a random fifth (at most 10,000) of the training rows.
/// Holds one kind of features at a time: 4 bytes × (training + evaluated rows) × width, beside the
/// data. The same for the same run, data, LibTorch, processor and threads.
/// @param pca  of the training rows
/// Source: Alain & Bengio 2016 (arXiv:1610.01644).
Probe probe(const TrainedModel& trained, const EvaluationData& data, const ProbeTask& task,
            const Pca& pca);

}  // namespace ae
