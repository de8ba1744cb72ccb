#include "models/sparsity.h"

#define AE_SPARSITIES(part) part(none) part(l1) part(kl) part(l0)

namespace ae {

AE_PART_TABLE(Sparsity, sparsities, AE_SPARSITIES)

}  // namespace ae
