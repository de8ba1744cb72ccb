#include "training/model_input.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/mean.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "data/moments.h"
#include "data/resident_rows.h"

namespace ae {

InputInfo input_of(const Experiment& experiment, const Splits& splits) {
  InputInfo input = input_of(splits.preprocessing);
  if (experiment.corruption->needs_mean() || experiment.model.output_bias_from_data ||
      experiment.objective.reconstruction.needs_mean()) {
    input.mean = moments_of(splits.train, splits.preprocessing.scaling).mean.to(at::kFloat);
    if (input.target) {
      InputInfo target = *input.target;
      target.mean = moments_of(targets_of(splits.train), splits.preprocessing.output().scaling)
                        .mean.to(at::kFloat);
      input.target = std::make_shared<const InputInfo>(std::move(target));
    }
  }
  return input;
}

double zeros_in_input(const Experiment& experiment, const Objective& objective,
                      const Splits& splits) {
  constexpr int64_t kRows = 256;
  const c10::NoGradGuard no_grad;
  const RowSet& train = splits.train;
  const std::span<const int64_t> rows(train.rows.data(),
                                      static_cast<size_t>(std::min(kRows, train.count())));
  const RowNoise noise({.seed = static_cast<uint64_t>(experiment.seed)}, rows, at::kCPU);
  const ResidentRows source(*train.data, splits.preprocessing.scaling, at::kCPU);
  const at::Tensor input = objective.corrupted(source.gather(rows), noise);
  return (input == 0).to(at::kDouble).mean().item<double>();
}

}  // namespace ae
