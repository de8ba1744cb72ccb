#include "models/corruption.h"

#define AE_CORRUPTIONS(part) \
  part(none) part(gaussian) part(masking) part(salt_and_pepper) part(block_masking)

namespace ae {

AE_PART_TABLE(CorruptionSpec, corruptions, AE_CORRUPTIONS)

void CorruptionPart::visit_shared(const std::string& type, OptionVisitor& visitor) {
  if (type == "none") return;
  visitor.option("corrupted_weight", corrupted_weight, at_least(0),
                 "Loss weight of corrupted values.");
  visitor.option("clean_weight", clean_weight, at_least(0),
                 "Loss weight of values that were not corrupted.");
}

}  // namespace ae
