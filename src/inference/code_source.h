#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <optional>

#include "inference/sample.h"
#include "inference/trained_model.h"

namespace ae {

/// Codes to decode, and how a picture lays their rows out.
struct CodeSource {
  /// The next codes, [n, Z] float32; none at the end.
  std::function<std::optional<at::Tensor>()> next;
  int64_t columns = 0;          ///< rows in a line of a picture; 0 for a square
  std::optional<int64_t> rows;  ///< number of all codes, where it is known
};

/// Codes that a request, which must outlive them, asks for: draws from the prior or the aggregated
/// posterior, those of a file, or variations, interpolations and traversals of the codes of given
/// rows.
/// @param label  class of all rows, for a conditional model
/// @throws Error(usage) if the request does not fit the model  @throws Error(data) if a file cannot
///         be read, or lacks a row
CodeSource code_source(const TrainedModel& trained, const SampleRequest& request,
                       const std::optional<int64_t>& label);

}  // namespace ae
