#include "evaluation/reconstructed_data.h"

#include <algorithm>
#include <limits>

#include "engine/batch.h"
#include "report/picture.h"

namespace ae {

DataRange data_range(const EvaluatedRows& rows) {
  const Preprocessing& output = rows.trained().info.preprocessing.output();
  if (output.dtype == DType::uint8) {
    const Scaling& scaling = output.scaling;
    return {-scaling.offset / scaling.divisor, (255 - scaling.offset) / scaling.divisor};
  }
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  DataRange range{kInfinity, -kInfinity};
  rows.for_each([&](const Batch& batch) {
    const at::Tensor known = batch.target().masked_select(batch.target().isfinite());
    if (known.numel() == 0) return;
    range.low = std::min(range.low, known.min().item<double>());
    range.high = std::max(range.high, known.max().item<double>());
  });
  return range;
}

bool has_complete_images(const EvaluatedRows& rows) {
  const Preprocessing& output = rows.trained().info.preprocessing.output();
  const bool gaps = output.features && output.features->missing()->masks();
  return is_image(output.shape) && !gaps;
}

}  // namespace ae
