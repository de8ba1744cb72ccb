#include "models/corruption.h"

#define AE_CORRUPTIONS(part) part(none) part(gaussian) part(masking)

namespace ae {

AE_PART_TABLE(Corruption, corruptions, AE_CORRUPTIONS)

}  // namespace ae
