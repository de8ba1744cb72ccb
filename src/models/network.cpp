#include "models/network.h"

#define AE_NETWORKS(part) part(linear) part(mlp)

namespace ae {

AE_PART_TABLE(NetworkSpec, networks, AE_NETWORKS)

}  // namespace ae
