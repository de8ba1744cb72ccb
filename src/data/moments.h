#pragma once

#include <ATen/core/Tensor.h>

#include "data/splits.h"

namespace ae {

/// What the scaled rows of a set are like on the whole.
struct Moments {
  at::Tensor mean;      ///< [D] float64
  double variance = 0;  ///< squared distance of a row from the mean, mean over rows
};

/// In one pass over the rows, in bounded memory.
Moments moments_of(const RowSet& set, const Scaling& scaling);

}  // namespace ae
