#include "models/input_info.h"

namespace ae {

InputInfo input_of(const Preprocessing& preprocessing) {
  InputInfo input{preprocessing.shape, preprocessing.classes, {}, {}, {}};
  if (preprocessing.target) {
    input.target = std::make_shared<const InputInfo>(input_of(*preprocessing.target));
  }
  input.names = preprocessing.feature_names();
  if (!preprocessing.features) return input;
  input.groups = preprocessing.features->groups();
  if (preprocessing.features->missing()->masks()) {
    input.gaps = GapInfo{preprocessing.features->gap_fill(), preprocessing.features->indicated()};
  }
  return input;
}

}  // namespace ae
