#include "training/input.h"

#include "data/moments.h"

namespace ae {

InputInfo input_of(const Experiment& experiment, const Splits& splits) {
  InputInfo input{splits.preprocessing.shape, splits.preprocessing.classes, {}};
  if (experiment.corruption->needs_mean() || experiment.model.output_bias_from_data) {
    input.mean = moments_of(splits.train, splits.preprocessing.scaling).mean.to(at::kFloat);
  }
  return input;
}

}  // namespace ae
