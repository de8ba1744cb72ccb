#pragma once

#include <ATen/core/Tensor.h>

#include "data/splits.h"

namespace ae {

/// Mean and variance of the scaled rows of a set.
struct Moments {
  at::Tensor mean;      ///< [D] float64
  double variance = 0;  ///< squared distance of a row from the mean, mean over rows
};

/// Computes the moments in one pass over the rows, in bounded memory.
Moments moments_of(const RowSet& set, const Scaling& scaling);

}  // namespace ae
