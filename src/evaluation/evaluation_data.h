#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "data/splits.h"
#include "data/where.h"
#include "evaluation/pca.h"
#include "inference/trained_model.h"

namespace ae {

/// Asked between batches; true ends an evaluation by EvaluationInterrupted. May be empty.
using Interrupted = std::function<bool()>;
struct EvaluationInterrupted {};

/// Rows to evaluate on, and the places of their data and labels.
struct EvaluateRequest {
  std::string data;  ///< file to evaluate; empty: the run's reported_set()
  std::string data_root;
  /// Labels of the evaluated rows if the run's config names none: a file or a table's column.
  std::string labels;
  std::string train_labels;  ///< labels of the training rows, likewise
  std::string target;        ///< file of the targets of `data`, where the run's are a file
  Where where = {};          ///< rows to evaluate, of a file of its own; all if empty
  bool strict = false;       ///< refuses rows that lie outside the range of the training rows
};

/// Evaluated rows and the splits that the model was trained on.
struct EvaluationData {
  Splits splits;
  RowSet rows;                             ///< rows to evaluate
  std::string name;                        ///< "test", "validation", "train", or "given" for a file
  std::vector<std::string> warnings = {};  ///< one line each
};

/// Loads the rows to evaluate and the run's data.
/// @throws Error(data) if data are missing, differ from those the run was trained on, or have rows
///         of another width
/// @throws Error(usage) if labels are named for rows that take theirs from another set
EvaluationData load_evaluation_data(const TrainedModel& trained, const EvaluateRequest& request);

/// Scaled chunks of a row set, on the CPU. `set` must outlive them.
/// @param widest  values per row in the widest layer that the chunks pass
RowChunks chunks_of(const RowSet& set, const Scaling& scaling, int64_t widest = 1);

/// PCA of training rows with as many components as the model has latents.
/// @param rows  of the training rows: all, or some
/// @throws EvaluationInterrupted
Pca training_pca(const TrainedModel& trained, const RowSet& rows,
                 const Interrupted& interrupted = {});

}  // namespace ae
