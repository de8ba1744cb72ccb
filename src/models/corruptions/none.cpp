#include "models/corruption.h"

namespace ae::corruptions {
namespace {

class None : public CorruptionSpec {
 public:
  std::unique_ptr<Corruption> build(const InputInfo& /*input*/) const override { return nullptr; }
  bool is_active() const override { return false; }
};

}  // namespace

PartEntry<CorruptionSpec> none() {
  return {"none", "no corruption", make_part<CorruptionSpec, None>};
}

}  // namespace ae::corruptions
