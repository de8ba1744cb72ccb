#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "evaluation/evaluation_data.h"

namespace ae {

/// Labels of training and evaluated rows as classes 0, 1, …: the distinct labels of the training
/// rows in ascending order.
struct ClassLabels {
  std::vector<int64_t> train;  ///< class of each training row
  std::vector<int64_t> rows;   ///< class of each evaluated row; -1 if no training row has its label
  std::vector<std::string> names;   ///< names of the classes: the label's text, or its number
  std::vector<std::string> unseen;  ///< distinct names of labels that no training row has

  int64_t count() const { return static_cast<int64_t>(names.size()); }
  /// Number of evaluated rows whose label no training row has.
  int64_t unseen_rows() const;
};

/// Numbers the labels as classes.
/// @throws Error(data) if rows have no labels; if the training rows have a single label, more than
///         1,000, or more than half as many as rows; if one set has texts and the other numbers
ClassLabels class_labels(const EvaluationData& data);

}  // namespace ae
