#include <spdlog/fmt/fmt.h>

#include "data/resident_rows.h"
#include "engine/row_loop.h"
#include "evaluation/importance_sampling.h"
#include "evaluation/part.h"

namespace ae::parts {
namespace {

/// Rows of a chunk: the draws of a row are a batch of their own.
constexpr int64_t kChunkRows = 64;

bool holds_zeros_and_ones(const EvaluatedRows& rows) {
  bool binary = true;
  rows.for_each([&](const Batch& batch) {
    const at::Tensor& x = batch.target();
    binary = binary && x.eq(0).logical_or(x.eq(1)).all().item<bool>();
  });
  return binary;
}

std::string no_likelihood(const EvaluatedRows& rows) {
  const TrainedModel& trained = rows.trained();
  if (!trained.model->has_prior()) return "the model has no prior, so its rows have no likelihood";
  const ReconstructionPart& loss = trained.info.experiment.objective.reconstruction;
  if (!loss->is_likelihood()) {
    return fmt::format("reconstruction \"{}\" is no likelihood: it is a {}", loss.type(),
                       loss->unit());
  }
  if (targets_of(rows.data().rows).data->info.width() > 0 && loss.type() == "bernoulli" &&
      !holds_zeros_and_ones(rows)) {
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
       .threads = trained.device.is_cpu() ? rows.options().threads : 1,
       .progress = [&](int64_t done) {
         if (rows.options().progress) rows.options().progress(done, set.count(), "rows");
       }});
  PartResult out;
  out.figures = {{"negative_log_likelihood", found.nats},
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
