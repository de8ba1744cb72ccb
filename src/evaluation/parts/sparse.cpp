#include <spdlog/fmt/fmt.h>

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "data/step.h"
#include "engine/batch.h"
#include "evaluation/decoder_atoms.h"
#include "evaluation/part.h"
#include "evaluation/sparse_figures.h"
#include "evaluation/variance_explained.h"

namespace ae::parts {
namespace {

constexpr int64_t kExcitingRows = 9;
/// Share of a latent's greatest absolute activation, below which a code is near zero.
constexpr double kNearZero = 0.01;

bool has_exact_zeros(const EvaluatedRows& rows) {
  return rows.trained().info.experiment.model.latent->is_sparse();
}

std::string no_sparse_codes(const EvaluatedRows& rows) {
  if (has_exact_zeros(rows)) return "";
  if (rows.trained().info.experiment.model.sparsity->is_active()) return "";
  return "codes have no exact zeros, and the model has no sparsity penalty";
}

ForwardContext context_of(const EvaluatedRows& rows, const Batch& batch) {
  return {.noise = &batch.noise(), .condition = rows.trained().model->condition(batch.labels())};
}

/// Share of rows in which each latent is near zero. [Z]
std::vector<double> near_zero_shares(const EvaluatedRows& rows, const LatentActivity& activity) {
  const at::Tensor limit = kNearZero * double_tensor(activity.largest());
  at::Tensor near = at::zeros_like(limit);
  rows.for_each([&](const Batch& batch) {
    const Posterior posterior =
        rows.trained().model->encode(batch.input(), context_of(rows, batch));
    const at::Tensor size = posterior.code().cpu().abs().to(at::kDouble);
    near += size.le(limit).sum(0);  // equal if the latent is always 0
  });
  return double_vector(near / static_cast<double>(rows.data().rows.count()));
}

double mean_of_values(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

/// Mean and quantiles over rows of the number of active latents.
Json l0_figures(std::vector<double> active_in_row) {
  std::ranges::sort(active_in_row);
  Json json = {{"mean", mean_of_values(active_in_row)}};
  for (const auto& [name, q] : {std::pair{"minimum", 0.0},
                                {"quantile_0.05", 0.05},
                                {"quantile_0.25", 0.25},
                                {"median", 0.5},
                                {"quantile_0.75", 0.75},
                                {"quantile_0.95", 0.95},
                                {"maximum", 1.0}}) {
    json[name] = quantile_of(active_in_row, q);
  }
  return json;
}

PartTable latents_table(const SparseCodes& codes) {
  const bool zeros = codes.has_exact_zeros();
  PartTable table{"sparse_latents",
                  {"latent", zeros ? "density" : "near_zero_share",
                   zeros ? "mean_activation_when_active" : "mean_absolute_activation", "top_rows"},
                  {}};
  const std::vector<double> shares = zeros ? codes.activity.density() : codes.near_zero;
  const std::vector<double> means =
      zeros ? codes.activity.mean_when_active() : codes.activity.mean_magnitude();
  for (size_t i = 0; i < shares.size(); ++i) {
    std::string top;
    for (const auto& each : codes.activity.exciting(static_cast<int64_t>(i))) {
      top += fmt::format("{}{}", top.empty() ? "" : " ", each.row);
    }
    table.rows.push_back({std::to_string(i), fmt::format("{:.9g}", shares[i]),
                          fmt::format("{:.9g}", means[i]), std::move(top)});
  }
  return table;
}

void add_sparsity(const SparseCodes& codes, const std::string& explained, PartResult& out) {
  const int64_t latents = codes.activity.latents();
  if (codes.has_exact_zeros()) {
    const Json l0 = l0_figures(codes.activity.active_in_row());
    const std::vector<double> density = codes.activity.density();
    const double dead =
        static_cast<double>(std::ranges::count(density, 0.0)) / static_cast<double>(latents);
    out.metrics["l0"] = l0;
    out.metrics["dead_share"] = dead;
    const std::string line = fmt::format(
        "{:.4g} of {} latents are active in a row (median {:.4g}, 5 % to 95 % of rows: {:.4g} to "
        "{:.4g}), {:.1f} % are dead",
        l0["mean"].get<double>(), latents, l0["median"].get<double>(),
        l0["quantile_0.05"].get<double>(), l0["quantile_0.95"].get<double>(), 100 * dead);
    out.text = fmt::format("{}{}\n", line, explained);
    out.section.paragraphs.push_back(fmt::format("{}{}.", line, explained));
    return;
  }
  const double near = mean_of_values(codes.near_zero);
  const double mean = mean_of_values(codes.activity.mean_magnitude());
  out.metrics["l0"] = {{"unavailable", "codes have no exact zeros"}};
  out.metrics["mean_absolute_activation"] = mean;
  out.metrics["near_zero"] = {
      {"share", near},
      {"definition", "absolute code below 1 % of the latent's greatest over these rows"}};
  const std::string line = fmt::format(
      "{:.1f} % of the codes of {} latents are near zero (below 1 % of the latent's greatest), "
      "mean "
      "absolute activation {:.3g}",
      100 * near, latents, mean);
  out.text = fmt::format("{}{}\n", line, explained);
  out.section.paragraphs.push_back(
      fmt::format("{}{}. Codes have no exact zeros, so that active latents cannot be counted.",
                  line, explained));
}

void add_true_directions(const EvaluatedRows& rows, const SparseCodes& codes, PartResult& out) {
  if (rows.options().true_directions.empty()) return;
  const DictionaryMatch match = true_direction_match(rows.trained(), rows.options().true_directions,
                                                     codes.activity.mean_when_active());
  out.metrics["true_directions"] = {{"directions", match.directions},
                                    {"mean_correlation_coefficient", match.mean_correlation},
                                    {"uniqueness", match.uniqueness}};
  const std::string line = fmt::format(
      "Decoder atoms against {} true directions: mean correlation coefficient (MCC) {:.4f}, "
      "uniqueness {:.4f}",
      match.directions, match.mean_correlation, match.uniqueness);
  out.text += line + "\n";
  out.section.paragraphs.push_back(fmt::format(
      "{}. MCC is the mean absolute cosine of the best one-to-one matching, 1 where all directions "
      "are found; uniqueness the number of distinct best directions over that of the latents.",
      line));
}

PartResult sparse_code_figures(const EvaluatedRows& rows) {
  Autoencoder& model = *rows.trained().model;
  SparseCodes codes{LatentActivity(model.latent_dim(), kExcitingRows), {}};
  VarianceExplained variance;
  rows.for_each([&](const Batch& batch) {
    const ForwardContext context = context_of(rows, batch);
    const Posterior posterior = model.encode(batch.input(), context);
    codes.activity.add(posterior.code(), batch.rows());
    // Decodes few of many latents where the code is known to be sparse.
    const at::Tensor output = model.decode(posterior, context);
    variance.add(batch.target(), model.reconstruction().mean_given(output, batch.target()));
  });
  if (!has_exact_zeros(rows)) codes.near_zero = near_zero_shares(rows, codes.activity);
  PartResult out;
  out.section.title = "Sparse codes";
  out.metrics = {{"rows", rows.data().rows.count()}, {"latents", model.latent_dim()}};
  const std::optional<double> explained = variance.value();
  if (explained) out.metrics["variance_explained"] = *explained;
  add_sparsity(
      codes, explained ? fmt::format("; variance explained {:.1f} %", 100 * *explained) : "", out);
  add_true_directions(rows, codes, out);
  out.tables = {latents_table(codes)};
  add_sparse_figures(rows, codes, out.section);
  return out;
}

}  // namespace

EvaluationPart sparse() {
  return {"sparse",
          "sparse codes: active latents by row, density and dead latents, atoms, the rows that "
          "excite a latent most",
          true, no_sparse_codes, sparse_code_figures};
}

}  // namespace ae::parts
