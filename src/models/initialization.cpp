#include "models/initialization.h"

#define AE_INITIALIZATIONS(part)                                                                \
  part(torch_default) part(glorot_uniform) part(glorot_normal) part(he_uniform) part(he_normal) \
      part(orthogonal)

namespace ae {

AE_PART_TABLE(Initialization, initializations, AE_INITIALIZATIONS)

}  // namespace ae
