#pragma once

#include "data/resident_rows.h"

namespace ae::cuda {

/// ResidentRows::gather in one kernel. @param rows  [B] int64 @return [B, D] float32
at::Tensor gather(const ResidentRows& source, const at::Tensor& rows);

}  // namespace ae::cuda
