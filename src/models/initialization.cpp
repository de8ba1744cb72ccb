#include "models/initialization.h"

#define AE_INITIALIZATIONS(part)                                                                \
  part(torch_default) part(glorot_uniform) part(glorot_normal) part(he_uniform) part(he_normal) \
      part(orthogonal)

namespace ae {

AE_PART_TABLE(Initialization, initializations, AE_INITIALIZATIONS)

Fans fans_of(const at::Tensor& weight) {
  const auto extent = static_cast<double>(weight[0][0].numel());
  return {.in = static_cast<double>(weight.size(1)) * extent,
          .out = static_cast<double>(weight.size(0)) * extent};
}

}  // namespace ae
