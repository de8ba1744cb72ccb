#pragma once

#include <optional>
#include <string>

#include "data/splits.h"
#include "evaluation/pca.h"
#include "inference/trained_model.h"

namespace ae {

/// Rows to evaluate on, and the places of their data and labels.
struct EvaluateRequest {
  std::string data;  ///< a file; empty for the run's own test, else validation, else training rows
  std::string data_root;
  std::string labels;  ///< of the evaluated rows, where the run's config names none: a file or a
                       ///< column of a table
  std::string train_labels;  ///< of the training rows, likewise
};

/// The rows that a trained model is evaluated on, beside those that it was trained on.
struct EvaluationData {
  Splits splits;
  RowSet rows;       ///< those to evaluate
  std::string name;  ///< of these: "test", "validation", "train", or "given" for a file
};

/// @throws Error(data) where data cannot be found, are not what the run was trained on, or have
///         rows of another width
/// @throws Error(usage) where labels are named for rows that cannot have any of their own
EvaluationData load_evaluation_data(const TrainedModel& trained, const EvaluateRequest& request);

/// Portions of a row set as the model takes them: scaled, on the CPU. `set` must outlive them.
/// @param widest  values that a row becomes, where these are more
RowChunks chunks_of(const RowSet& set, const Scaling& scaling, int64_t widest = 1);

/// Principal components of the training rows, as many as the model's code has dimensions.
Pca training_pca(const TrainedModel& trained, const EvaluationData& data);

}  // namespace ae
