#include <spdlog/fmt/fmt.h>

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "data/step.h"
#include "engine/batch.h"
#include "evaluation/absolute_likelihood.h"
#include "evaluation/elbo.h"
#include "evaluation/part.h"
#include "models/latent_statistics.h"
#include "report/page/html_table.h"
#include "report/page/line_chart.h"
#include "report/page/markup.h"

namespace ae::parts {
namespace {

constexpr size_t kTabledLatents = 20;

/// Terms of the bound over the evaluated rows.
struct Bound {
  double distortion = 0;                 // mean over rows
  double rate = 0;                       // mean over rows
  std::optional<double> standard_error;  // of their sum, over rows
  int64_t rows = 0;
  LatentStatistics latents;
};

Bound bound_of(const EvaluatedRows& rows) {
  Autoencoder& model = *rows.trained().model;
  Bound out;
  std::vector<at::Tensor> distortions;
  std::vector<at::Tensor> rates;
  rows.for_each([&](const Batch& batch) {
    const ForwardContext context{.noise = &batch.noise(),
                                 .condition = model.condition(batch.labels())};
    const Posterior posterior = model.encode(batch.input(), context);
    out.latents.add(posterior);
    const ElboTerms terms = elbo_terms(model, batch, posterior);
    distortions.push_back(terms.distortion);
    rates.push_back(terms.rate);
  });
  const at::Tensor distortion = at::cat(distortions);
  const at::Tensor rate = at::cat(rates);
  out.rows = rate.size(0);
  out.distortion = distortion.mean().item<double>();
  out.rate = rate.mean().item<double>();
  if (out.rows > 1) {
    out.standard_error =
        (distortion + rate).std().item<double>() / std::sqrt(static_cast<double>(out.rows));
  }
  return out;
}

/// Latents by their KL divergence, descending.
struct RankedLatents {
  std::vector<double> kl;        // [Z] nats
  std::vector<double> variance;  // [Z] of the posterior mean
  std::vector<size_t> order;     // [Z]
};

RankedLatents ranked(const LatentStatistics& latents) {
  RankedLatents out{double_vector(latents.kl().cpu()), double_vector(latents.variance().cpu()), {}};
  out.order.resize(out.kl.size());
  std::iota(out.order.begin(), out.order.end(), size_t{0});
  std::ranges::stable_sort(out.order, [&](size_t a, size_t b) { return out.kl[a] > out.kl[b]; });
  return out;
}

PartTable table_of(const RankedLatents& latents) {
  PartTable table{"kl_by_latent", {"latent", "kl", "variance_of_mean"}, {}};
  for (size_t i = 0; i < latents.kl.size(); ++i) {
    table.rows.push_back({std::to_string(i), fmt::format("{:.9g}", latents.kl[i]),
                          fmt::format("{:.9g}", latents.variance[i])});
  }
  return table;
}

void add_latents(const RankedLatents& latents, PageSection& section) {
  std::vector<double> rank;
  std::vector<double> kl;
  for (const size_t latent : latents.order) {
    rank.push_back(static_cast<double>(rank.size() + 1));
    kl.push_back(latents.kl[latent]);
  }
  if (rank.size() > 2) {
    section
        .add<LineChart>("KL divergence by latent",
                        "Latents in descending order of their KL divergence from the prior, mean "
                        "over rows: those near 0 tell the decoder nothing of a row.",
                        AxisOptions{"rank of the latent"}, AxisOptions{"KL divergence [nats]"})
        .add("KL divergence", rank, kl);
  }
  auto& table = section.add<TableFigure>(
      latents.order.size() > kTabledLatents ? "Latents of the greatest KL divergence" : "Latents",
      "What each latent tells of a row, and the variance over rows of its posterior mean: above "
      "0.01 it counts as an active unit.",
      std::vector<std::string>{"latent", "KL divergence [nats]", "variance of the mean", "active"});
  for (const size_t latent : latents.order) {
    if (rank.size() > kTabledLatents && latents.order[kTabledLatents] == latent) break;
    table.add({std::to_string(latent), short_number(latents.kl[latent]),
               short_number(latents.variance[latent]),
               latents.variance[latent] > 0.01 ? "yes" : "no"});
  }
}

std::string elbo_no_prior(const EvaluatedRows& rows) {
  return rows.trained().model->has_prior() ? "" : "the model has no prior";
}

/// The bound's metrics, text and paragraph. @param why  reason why its value means nothing by
/// itself
void add_bound(const Bound& bound, const std::string& why, const std::string& unit,
               PartResult& out) {
  const double elbo = -(bound.distortion + bound.rate);
  const std::string error =
      bound.standard_error ? fmt::format(" ± {:.3g}", *bound.standard_error) : "";
  if (why.empty()) {
    out.metrics["elbo"] = elbo;
    out.metrics["standard_error"] = bound.standard_error ? Json(*bound.standard_error) : Json();
    out.metrics["distortion"] = bound.distortion;
    out.text = fmt::format("ELBO {:.6g}{} nats per row = -(distortion {:.6g} + rate {:.4g})\n",
                           elbo, error, bound.distortion, bound.rate);
    out.section.paragraphs.push_back(fmt::format(
        "The evidence lower bound (ELBO) is {:.6g}{} nats per row: log-likelihood is at least "
        "that. It is minus the sum of the distortion {:.6g}, the expectation of -log p(x|z), and "
        "the rate {:.4g}, the KL divergence of the posteriors from the prior; both with weight 1, "
        "whatever the training loss has, and by one draw from each posterior.",
        elbo, error, bound.distortion, bound.rate));
    return;
  }
  out.metrics["elbo"] = {{"unavailable", why}};
  out.metrics["reconstruction_loss"] = bound.distortion;
  out.metrics["reconstruction_unit"] = unit;
  out.text = fmt::format("rate {:.4g} nats per row; no ELBO: {}\n", bound.rate, why);
  out.section.paragraphs.push_back(fmt::format(
      "The rate, the KL divergence of the posteriors from the prior, is {:.4g} nats per row. The "
      "ELBO has no absolute meaning here: {}. The reconstruction loss is {:.6g}.",
      bound.rate, why, bound.distortion));
}

PartResult elbo_figures(const EvaluatedRows& rows) {
  const Bound bound = bound_of(rows);
  const ReconstructionPart& loss = rows.trained().info.experiment.objective.reconstruction;
  const RankedLatents latents = ranked(bound.latents);
  const int64_t active = bound.latents.active_units();
  PartResult out;
  out.section.title = "Rate and distortion";
  add_bound(bound, no_absolute_likelihood(rows), loss->unit(), out);
  out.metrics["rate"] = bound.rate;
  out.metrics["unit"] = "nats per row, mean over rows";
  out.metrics["kl_by_latent"] = latents.kl;
  out.metrics["active_units"] = active;
  out.metrics["rows"] = bound.rows;
  out.text += fmt::format("active units {} of {} (variance of the posterior mean above 0.01)\n",
                          active, latents.kl.size());
  out.section.paragraphs.push_back(fmt::format(
      "{} of {} latents are active units: their posterior mean has a variance above 0.01 over "
      "rows.{}",
      active, latents.kl.size(),
      active < static_cast<int64_t>(latents.kl.size())
          ? " The posteriors of the others have collapsed onto the prior."
          : ""));
  out.tables = {table_of(latents)};
  add_latents(latents, out.section);
  return out;
}

}  // namespace

EvaluationPart elbo() {
  return {"elbo",
          "evidence lower bound of a VAE, its rate and distortion by one sample of each posterior, "
          "KL divergence by latent, active units",
          true, elbo_no_prior, elbo_figures};
}

}  // namespace ae::parts
