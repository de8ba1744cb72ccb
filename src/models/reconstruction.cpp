#include "models/reconstruction.h"

#define AE_RECONSTRUCTIONS(part) part(mse) part(mae) part(bce) part(bernoulli) part(gaussian)

namespace ae {

AE_PART_TABLE(Reconstruction, reconstructions, AE_RECONSTRUCTIONS)

}  // namespace ae
