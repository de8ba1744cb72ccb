#include "engine/optimizer.h"

#define AE_OPTIMIZERS(part) part(adam) part(adamw) part(rmsprop) part(sgd)

namespace ae {

AE_PART_TABLE(OptimizerSpec, optimizers, AE_OPTIMIZERS)

}  // namespace ae
