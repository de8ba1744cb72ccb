#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "data/splits.h"
#include "evaluation/part.h"

namespace ae {

/// At most 10,000 of the evaluated rows, evenly spaced, with what a map of their codes needs; fewer
/// of very wide codes.
struct MappedRows {
  RowSet set;
  /// [n] order in which points are drawn: random, so that no label hides the others, and so that
  /// the first rows, which have pictures, are spread over all.
  std::vector<int64_t> order;
  at::Tensor codes;   ///< [n, Z] float32, on the CPU
  at::Tensor errors;  ///< [n] squared error of the reconstruction; undefined unless Z is 1
  /// [p, C, h, w] of the first 3,000 rows in that order, at most 32 pixels wide and high; undefined
  /// unless rows are images.
  at::Tensor images;
};

MappedRows mapped_rows(const EvaluatedRows& rows);

}  // namespace ae
