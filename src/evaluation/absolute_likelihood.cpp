#include "evaluation/absolute_likelihood.h"

#include <spdlog/fmt/fmt.h>

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>

#include <cstdint>
#include <vector>

#include "engine/batch.h"
#include "evaluation/part.h"
#include "models/column_losses.h"

namespace ae {
namespace {

/// True if values between 0 and 1 have a Bernoulli likelihood, which is of zeros and ones only.
bool has_grey_values(const EvaluatedRows& rows, const ReconstructionPart& loss) {
  const Preprocessing& output = rows.trained().info.preprocessing.output();
  std::vector<int64_t> binary;
  for (const ColumnLoss& each : column_losses(loss, input_of(output))) {
    if (each.type != "bernoulli") continue;
    binary.insert(binary.end(), each.features.begin(), each.features.end());
  }
  if (binary.empty()) return false;
  const at::Tensor features = at::tensor(at::ArrayRef<int64_t>(binary), at::kLong);
  bool grey = false;
  rows.for_each([&](const Batch& batch) {
    if (grey) return;
    const at::Tensor x = batch.target().index_select(1, features.to(batch.target().device()));
    grey = (x > 0).logical_and(x < 1).any().item<bool>();
  });
  return grey;
}

}  // namespace

std::string no_absolute_likelihood(const EvaluatedRows& rows) {
  const TrainedModel& trained = rows.trained();
  if (!trained.model->has_prior()) return "the model has no prior, so its rows have no likelihood";
  const ReconstructionPart& loss = trained.info.experiment.objective.reconstruction;
  if (!loss->is_likelihood()) {
    return fmt::format("reconstruction \"{}\" is no likelihood: it is a {}", loss.type(),
                       loss->unit());
  }
  if (has_grey_values(rows, loss)) {
    return "reconstruction \"bernoulli\" is a likelihood of zeros and ones only, and the rows have "
           "values between: draw them with preprocessing {\"type\": \"binarize\", \"draw\": true}, "
           "or train with \"continuous_bernoulli\"";
  }
  return "";
}

}  // namespace ae
