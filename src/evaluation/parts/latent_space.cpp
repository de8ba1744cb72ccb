#include <spdlog/fmt/fmt.h>

#include <ATen/ops/tensor.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "data/step.h"
#include "evaluation/cluster_agreement.h"
#include "evaluation/embedding_quality.h"
#include "evaluation/intrinsic_dimension.h"
#include "evaluation/k_means.h"
#include "evaluation/latent_gaps.h"
#include "evaluation/mutual_information_gap.h"
#include "evaluation/part.h"
#include "evaluation/posterior_match.h"
#include "evaluation/silhouette.h"
#include "inference/sample.h"
#include "report/page/histogram.h"
#include "report/page/html_table.h"

namespace ae::parts {
namespace {

/// Rows of figures that compare all pairs.
constexpr int64_t kPairedRows = 5000;
constexpr int64_t kNeighbours = 5;
constexpr int64_t kPoints = 2000;  // fewer of wide models
constexpr int64_t kMostClusters = 100;

uint64_t seed_of(const EvaluatedRows& rows) {
  return static_cast<uint64_t>(rows.trained().info.experiment.seed);
}

/// Neighbourhoods that the codes keep, and their dimension.
void add_neighbourhoods(const EvaluatedRows& rows, const SampledRows& sample, PartResult& out) {
  const int threads = rows.options().threads;
  out.metrics["rows"] = sample.codes.size(0);
  if (!sample.inputs.isnan().any().item<bool>()) {
    if (const auto quality = embedding_quality(sample.inputs, sample.codes, kNeighbours, threads)) {
      out.metrics["trustworthiness"] = quality->trustworthiness;
      out.metrics["continuity"] = quality->continuity;
      out.metrics["neighbours"] = kNeighbours;
      out.text += fmt::format(
          "trustworthiness {:.4f}, continuity {:.4f} ({} neighbours, {} rows)\n",
          quality->trustworthiness, quality->continuity, kNeighbours, sample.codes.size(0));
    }
  }
  if (const auto dimension = intrinsic_dimension(sample.codes, threads)) {
    out.metrics["intrinsic_dimension"] = {{"maximum_likelihood", dimension->maximum_likelihood},
                                          {"linear_fit", dimension->linear_fit},
                                          {"rows", dimension->rows},
                                          {"repeated_codes", dimension->duplicates}};
    out.text += fmt::format("intrinsic dimension of the codes {:.3g} of {}\n",
                            dimension->maximum_likelihood, sample.codes.size(1));
  }
}

/// Separation of the labels by the codes.
void add_labels(const EvaluatedRows& rows, const SampledRows& sample, PartResult& out) {
  if (sample.labels.empty()) return;
  const at::Tensor labels = at::tensor(at::ArrayRef<int64_t>(sample.labels), at::kLong);
  const auto silhouette = mean_silhouette(sample.codes, labels, rows.options().threads);
  if (!silhouette) return;  // one label, or as many as rows
  out.metrics["silhouette"] = *silhouette;
  out.text += fmt::format("silhouette of the labels {:.4f}", *silhouette);
  const auto classes =
      static_cast<int64_t>(std::set<int64_t>(sample.labels.begin(), sample.labels.end()).size());
  if (classes <= kMostClusters) {
    const KMeans found =
        k_means(sample.codes,
                {.clusters = classes, .seed = seed_of(rows), .threads = rows.options().threads});
    const ClusterAgreement agreement = cluster_agreement(found.classes, labels);
    out.metrics["k_means"] = {
        {"clusters", classes},
        {"accuracy", agreement.accuracy},
        {"normalized_mutual_information", agreement.normalized_mutual_information},
        {"adjusted_rand_index", agreement.adjusted_rand_index}};
    out.text += fmt::format("; {} clusters of k-means match {:.1f} % of them (NMI {:.3f})", classes,
                            100 * agreement.accuracy, agreement.normalized_mutual_information);
  }
  out.text += "\n";
}

/// Labels that single latents capture, where rows have several.
void add_factors(const SampledRows& sample, PartResult& out) {
  if (!sample.factors.defined()) return;
  const auto gap = mutual_information_gap(sample.codes, sample.factors);
  if (!gap) return;
  Json factors = Json::array();
  for (const auto& factor : gap->factors) factors.push_back(factor ? Json(*factor) : Json());
  out.metrics["mutual_information_gap"] = {{"mean", gap->mean}, {"factors", factors}};
  out.text += fmt::format("mutual information gap {:.3f}, mean over the labels\n", gap->mean);
}

/// Draws from the posteriors of the rows beside draws from the prior.
void add_prior(const EvaluatedRows& rows, const SampledRows& sample, PartResult& out) {
  if (!sample.draws.defined() || sample.draws.size(0) < 2) return;
  const CodeMoments moments = code_moments(sample.draws);
  const auto correlation = gaussian_total_correlation(moments.covariance);
  Json figures = {{"mean", double_vector(moments.mean)},
                  {"variance", double_vector(moments.covariance.diagonal())},
                  {"gaussian_total_correlation", correlation ? Json(*correlation) : Json()}};
  const at::Tensor prior =
      draw_from_prior(0, sample.draws.size(0), sample.draws.size(1), seed_of(rows));
  if (const auto distance = kernel_discrepancy(sample.draws, prior, rows.options().threads)) {
    figures["mmd_squared"] = distance->squared;
    figures["bandwidth"] = distance->bandwidth;
    out.text +=
        fmt::format("aggregated posterior against the prior: MMD² {:.3g}\n", distance->squared);
  }
  out.metrics["aggregated_posterior"] = std::move(figures);
}

void add_gaps(const EvaluatedRows& rows, PartResult& out) {
  const TrainedModel& trained = rows.trained();
  if (trained.model->has_own_target()) return;  // a decoded row is no input
  const SampledRows train =
      rows.sampled(rows.data().splits.train, kPairedRows, /*with_inputs=*/false);
  if (train.codes.size(0) < 2) return;
  const bool prior = trained.model->has_prior();
  // Some seconds of work, and 16 MB of points.
  const int64_t count = std::clamp<int64_t>(
      std::min((1 << 27) / trained.model->widest(), (1 << 22) / trained.model->latent_dim()), 20,
      kPoints);
  const at::Tensor points =
      prior ? draw_from_prior(0, count, trained.model->latent_dim(), seed_of(rows))
            : uniform_in_box(train.codes, count, seed_of(rows));
  const at::Tensor labels = trained.model->classes() > 0
                                ? labels_in_turn(0, count, *trained.model).to(trained.device)
                                : at::Tensor();
  const LatentGaps gaps =
      latent_gaps(*trained.model, points.to(trained.device), labels, train.codes);
  if (!(gaps.neighbour_distance > 0)) return;  // most codes are repeated
  const char* drawn_from = prior ? "prior" : "bounding box of the training codes";
  out.metrics["gaps"] = {{"drawn_from", drawn_from},
                         {"points", count},
                         {"neighbour_distance", gaps.neighbour_distance},
                         {"share_outside", gaps.share_outside},
                         {"median_ratio", quantile_of(gaps.ratios, 0.5)}};
  auto& histogram = out.section.add<Histogram>(
      "Gaps",
      fmt::format("Points drawn from the {}, decoded and encoded again: distance from the point, "
                  "over the median distance of a training code to the nearest other. Beyond 1, "
                  "decoding and encoding moves a point farther than neighbouring codes lie apart.",
                  drawn_from),
      AxisOptions{"distance over that of neighbours", Scale::log});
  histogram.add("points", gaps.ratios);
  histogram.add_reference(1, "distance of neighbours");
  out.text += fmt::format(
      "gaps: {:.1f} % of points drawn from the {} decode to rows that encode farther away than "
      "neighbouring codes lie\n",
      100 * gaps.share_outside, drawn_from);
}

/// Distribution of the latents of the largest variance.
void add_codes(const EvaluatedRows& rows, const at::Tensor& codes, PageSection& section) {
  constexpr int64_t kDrawnLatents = 6;
  const int64_t count = std::min(kDrawnLatents, codes.size(1));
  const at::Tensor order = codes.var(0, /*unbiased=*/false).argsort(0, /*descending=*/true);
  auto& histogram = section.add<Histogram>(
      "Codes",
      fmt::format("Values of the {} latent{} of the largest variance{}.", count,
                  count == 1 ? "" : "s",
                  rows.trained().model->has_prior()
                      ? "; together with the posteriors' own spread they should fill the prior, "
                        "with mean 0 and variance 1"
                      : ""),
      AxisOptions{"code"});
  for (int64_t i = 0; i < count; ++i) {
    const auto latent = order[i].item<int64_t>();
    histogram.add(fmt::format("latent {}", latent), double_vector(codes.select(1, latent)));
  }
}

/// Table of the single figures, each with its meaning.
void add_table(const Json& metrics, PageSection& section) {
  auto& table = section.add<TableFigure>("Figures of the codes",
                                         "Of at most 5,000 of the evaluated rows, evenly spaced.",
                                         std::vector<std::string>{"figure", "value", "meaning"});
  table.wide = true;
  const auto add = [&](const std::string& name, const Json& value, const char* meaning) {
    if (value.is_number()) table.add({name, fmt::format("{:.4g}", value.get<double>()), meaning});
  };
  add("trustworthiness", member(metrics, "trustworthiness"),
      "near 1: neighbours among the codes are neighbours among the rows");
  add("continuity", member(metrics, "continuity"),
      "near 1: neighbours among the rows are neighbours among the codes");
  add("intrinsic dimension", member(metrics, "intrinsic_dimension", "maximum_likelihood"),
      "number of directions in which codes vary, by the two nearest neighbours");
  add("silhouette of the labels", member(metrics, "silhouette"),
      "1: labels form compact, separate groups; 0: they overlap");
  add("k-means accuracy", member(metrics, "k_means", "accuracy"),
      "share of rows whose cluster is that of their label, clusters matched to labels");
  add("normalised mutual information", member(metrics, "k_means", "normalized_mutual_information"),
      "1: the clusters of k-means are the labels; 0: they are unrelated");
  add("mutual information gap", member(metrics, "mutual_information_gap", "mean"),
      "1: each factor is held by one latent alone");
  add("MMD² from the prior", member(metrics, "aggregated_posterior", "mmd_squared"),
      "near 0: samples from the prior decode like codes of rows");
  add("total correlation", member(metrics, "aggregated_posterior", "gaussian_total_correlation"),
      "near 0: latents are independent, as far as a Gaussian shows");
  add("share of points in gaps", member(metrics, "gaps", "share_outside"),
      "points that decode to rows whose codes lie elsewhere");
}

PartResult latent_space_figures(const EvaluatedRows& rows) {
  PartResult out;
  const SampledRows sample = rows.sampled(rows.data().rows, kPairedRows);
  add_neighbourhoods(rows, sample, out);
  add_labels(rows, sample, out);
  add_factors(sample, out);
  add_prior(rows, sample, out);
  out.section.title = "Latent space";
  add_codes(rows, sample.codes, out.section);
  add_gaps(rows, out);
  add_table(out.metrics, out.section);
  return out;
}

}  // namespace

EvaluationPart latent_space() {
  return {"latent_space",
          "neighbourhoods kept by the codes, their dimension, separation of labels, aggregated "
          "posterior, gaps",
          true, nullptr, latent_space_figures};
}

}  // namespace ae::parts
