#include "models/activation.h"

#define AE_ACTIVATIONS(part)                                                            \
  part(identity) part(relu) part(leaky_relu) part(elu) part(selu) part(gelu) part(silu) \
      part(softplus) part(sigmoid) part(tanh)

namespace ae {

AE_PART_TABLE(Activation, activations, AE_ACTIVATIONS)

}  // namespace ae
