#include <spdlog/fmt/fmt.h>

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>

#include <vector>

#include "data/resident_rows.h"
#include "engine/row_loop.h"
#include "evaluation/importance_sampling.h"
#include "evaluation/part.h"
#include "models/column_losses.h"

namespace ae::parts {
namespace {

/// Rows of a chunk: the draws of a row are a batch of their own.
constexpr int64_t kChunkRows = 64;

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
    const at::Tensor x = batch.target().index_select(1, features.to(batch.target().device()));
    grey = grey || (x > 0).logical_and(x < 1).any().item<bool>();
  });
  return grey;
}

std::string no_likelihood(const EvaluatedRows& rows) {
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

PartResult likelihood_figures(const EvaluatedRows& rows) {
  const TrainedModel& trained = rows.trained();
  const RowSet& set = rows.data().rows;
  SetReader reader(set, resident_pair(*set.data, trained.info.preprocessing, trained.device),
                   kChunkRows, trained.model->classes() > 0);
  const ImportanceSampledLikelihood found = importance_sampled_likelihood(
      *trained.model, reader, trained.device,
      {.samples = rows.options().importance_samples,
       .seed = static_cast<uint64_t>(trained.info.experiment.seed),
       .threads = trained.device.is_cpu() ? rows.options().threads : 1});
  PartResult out;
  out.metrics = {{"negative_log_likelihood", found.nats},
                 {"unit", "nats per row, mean over rows"},
                 {"importance_samples", found.samples},
                 {"standard_error", found.standard_error ? Json(*found.standard_error) : Json()},
                 {"effective_samples", found.effective_samples},
                 {"rows", found.rows}};
  out.text = fmt::format(
      "negative log-likelihood {:.6g}{} nats per row, by {} importance samples (effective "
      "{:.3g})\n",
      found.nats, found.standard_error ? fmt::format(" ± {:.2g}", *found.standard_error) : "",
      found.samples, found.effective_samples);
  return out;
}

}  // namespace

EvaluationPart likelihood() {
  return {
      "likelihood",
      "negative log-likelihood of a VAE's rows by importance sampling (minutes for 10,000 rows)",
      false, no_likelihood, likelihood_figures};
}

}  // namespace ae::parts
