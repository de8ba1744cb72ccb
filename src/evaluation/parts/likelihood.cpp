#include <spdlog/fmt/fmt.h>

#include <utility>

#include "data/resident_rows.h"
#include "engine/row_loop.h"
#include "evaluation/absolute_likelihood.h"
#include "evaluation/importance_sampling.h"
#include "evaluation/part.h"

namespace ae::parts {
namespace {

/// Rows of a chunk: the draws of a row are a batch of their own.
constexpr int64_t kChunkRows = 64;

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
         if (rows.options().progress) rows.options().progress("likelihood", done, set.count());
       }});
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
  out.section.title = "Likelihood";
  out.section.paragraphs = {fmt::format(
      "The negative log-likelihood by importance sampling is {:.6g}{} nats per row ({} draws from "
      "the posterior of each row). In expectation it is an upper bound that falls with "
      "the number of draws; it is comparable between models of the same rows, preprocessed alike. "
      "The draws count as {:.3g} independent ones (effective sample size): where that is near 1, "
      "more draws would lower the figure.",
      found.nats, found.standard_error ? fmt::format(" ± {:.2g}", *found.standard_error) : "",
      found.samples, found.effective_samples)};
  return out;
}

}  // namespace

EvaluationPart likelihood() {
  return {
      "likelihood",
      "negative log-likelihood of a VAE's rows by importance sampling (minutes for 10,000 rows)",
      false, no_absolute_likelihood, likelihood_figures};
}

}  // namespace ae::parts
