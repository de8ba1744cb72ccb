#include "models/corruption.h"

#define AE_CORRUPTIONS(part) \
  part(none) part(gaussian) part(masking) part(salt_and_pepper) part(block_masking)

namespace ae {

AE_PART_TABLE(CorruptionSpec, corruptions, AE_CORRUPTIONS)

void CorruptionPart::visit_shared(OptionVisitor& visitor) {
  if (type_ == "none") return;
  visitor.option("corrupted_weight", corrupted_weight, at_least(0),
                 "Factor in the loss of the values that were changed.");
  visitor.option("clean_weight", clean_weight, at_least(0),
                 "Factor in the loss of the values that were left as they are.");
}

}  // namespace ae
