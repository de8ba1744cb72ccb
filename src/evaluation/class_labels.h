#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "evaluation/evaluation_data.h"

namespace ae {

/// Labels of training and evaluated rows as classes: the distinct labels of the training rows, in
/// order, count from 0.
struct ClassLabels {
  std::vector<int64_t> train;  ///< class of each training row
  std::vector<int64_t> rows;   ///< of each evaluated row; -1 where no training row has its label
  std::vector<std::string> names;   ///< of the classes: the label's text, or its number
  std::vector<std::string> unseen;  ///< names of the labels that no training row has, each once

  int64_t count() const { return static_cast<int64_t>(names.size()); }
  /// Evaluated rows whose label no training row has.
  int64_t unseen_rows() const;
};

/// @throws Error(data) where rows have no labels, or theirs do not look like classes: one value,
/// more
///         than 1,000, more than half as many as rows; texts in one set and numbers in the other
ClassLabels class_labels(const EvaluationData& data);

}  // namespace ae
