#include "models/normalization.h"

#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#define AE_NORMALIZATIONS(part) part(none) part(batch) part(layer) part(group)

namespace ae {

AE_PART_TABLE(NormalizationSpec, normalizations, AE_NORMALIZATIONS)

Normalization::Normalization(int64_t channels)
    : weight_(register_parameter("weight", at::ones({channels}))),
      bias_(register_parameter("bias", at::zeros({channels}))) {}

}  // namespace ae
