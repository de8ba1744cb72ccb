#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

#include "inference/sample.h"
#include "inference/trained_model.h"

namespace ae {

/// Posteriors of the rows of a request, in its order, and the spread of the file's codes.
struct EncodedRows {
  at::Tensor codes;   ///< [n, Z]
  at::Tensor sigma;   ///< [n, Z] of a Gaussian posterior; else undefined
  at::Tensor spread;  ///< [Z] standard deviation over the rows that were read
};

/// Reads the file to the last of the rows, or to its end if the spread of all codes is used.
/// @param label  class of all rows, for a conditional model
/// @throws Error(usage) if the file lacks a row, or if a conditional model has no label
/// @throws Error(data) if the file cannot be read
EncodedRows encoded_rows(const TrainedModel& trained, const SampleRequest& request,
                         const std::optional<int64_t>& label);

}  // namespace ae
