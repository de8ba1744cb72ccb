#include "models/latent.h"

#define AE_LATENTS(part) part(deterministic) part(gaussian) part(top_k) part(jump_relu)

namespace ae {

AE_PART_TABLE(LatentSpec, latents, AE_LATENTS)

}  // namespace ae
