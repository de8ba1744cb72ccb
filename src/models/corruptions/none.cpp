#include "models/corruption.h"

namespace ae::corruptions {
namespace {

class None : public Corruption {
 public:
  bool is_active() const override { return false; }
  at::Tensor apply(const at::Tensor& x, const Noise& /*noise*/) const override { return x; }
};

}  // namespace

PartEntry<Corruption> none() { return {"none", "the input as it is", make_part<Corruption, None>}; }

}  // namespace ae::corruptions
