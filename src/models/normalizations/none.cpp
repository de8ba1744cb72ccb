#include "models/normalization.h"

namespace ae::normalizations {
namespace {

class NoNormalization : public NormalizationSpec {
 public:
  std::shared_ptr<Normalization> build(int64_t /*channels*/,
                                       const std::string& /*network*/) const override {
    return nullptr;
  }
};

}  // namespace

PartEntry<NormalizationSpec> none() {
  return {"none", "no normalisation", make_part<NormalizationSpec, NoNormalization>};
}

}  // namespace ae::normalizations
