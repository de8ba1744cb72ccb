#include <spdlog/fmt/fmt.h>

#include <string>
#include <vector>

#include "evaluation/interpolation_roughness.h"
#include "evaluation/latent_pictures.h"
#include "evaluation/part.h"
#include "evaluation/pictured_rows.h"
#include "evaluation/sample_distances.h"
#include "report/page/html_table.h"
#include "report/page/markup.h"

namespace ae::parts {
namespace {

constexpr int64_t kPointsOfPair = 16;

void add_distances(const EvaluatedRows& rows, PartResult& out) {
  const auto found = sample_distances(rows);
  if (!found) {
    out.metrics["frechet_distance"] = {
        {"unavailable", "there are fewer than two rows, or some have missing values"}};
    return;
  }
  const std::string features =
      fmt::format("PCA of the training rows, {} components", found->components);
  out.metrics["frechet_distance"] = {{"features", features},
                                     {"rows", found->rows},
                                     {"samples", found->samples},
                                     {"reconstructions", found->reconstructions}};
  out.text += fmt::format(
      "Fréchet distance from the evaluated rows: samples {:.4g}, "
      "reconstructions {:.4g}",
      found->samples, found->reconstructions);
  auto& table = out.section.add<TableFigure>(
      "Fréchet distance from the evaluated rows",
      fmt::format("Distance between normal distributions fitted to {} rows each in one space "
                  "({}): smaller is nearer. Decoded rows are means of the likelihood. The figure "
                  "is not comparable with FID, which has other features.",
                  found->rows, features),
      std::vector<std::string>{"rows", "distance"});
  table.add({"samples of the prior", short_number(found->samples)});
  table.add({"reconstructions", short_number(found->reconstructions)});
  if (found->training_rows) {
    out.metrics["frechet_distance"]["training_rows"] = *found->training_rows;
    table.add({"training rows", short_number(*found->training_rows)});
    out.text += fmt::format(", training rows {:.4g}", *found->training_rows);
  }
  out.text += fmt::format(" ({}; {} rows)\n", features, found->rows);
}

void add_roughness(const EvaluatedRows& rows, const CodePairs& pairs, PartResult& out) {
  const InterpolationRoughness found =
      interpolation_roughness(*rows.trained().model, pairs.from, pairs.to, pairs.labels,
                              rows.trained().device, kPointsOfPair);
  if (found.pairs == 0) return;  // all rows decode to one
  out.metrics["interpolation_roughness"] = {
      {"pairs", found.pairs},
      {"points", kPointsOfPair},
      {"length_ratio", {{"mean", found.mean_length_ratio}, {"median", found.median_length_ratio}}},
      {"step_ratio", {{"mean", found.mean_step_ratio}, {"median", found.median_step_ratio}}}};
  out.text += fmt::format(
      "interpolations: decoded paths are {:.3g} times as long as the distance of their ends, their "
      "largest step is {:.3g} times the mean step (medians over {} pairs of rows)\n",
      found.median_length_ratio, found.median_step_ratio, found.pairs);
  out.section.paragraphs.push_back(fmt::format(
      "Decoded at {} points, the straight paths between the codes of {} pairs of rows are {:.3g} "
      "times as long as the distance of their ends, and their largest step is {:.3g} times the "
      "mean step (medians). Both are 1 for a straight path of even steps, and great where the "
      "decoder takes detours or jumps.",
      kPointsOfPair, found.pairs, found.median_length_ratio, found.median_step_ratio));
}

std::string no_pairs(const EvaluatedRows& rows) {
  if (rows.trained().model->has_prior() || rows.data().rows.count() >= 2) return "";
  return "needs at least two rows";
}

PartResult generation_figures(const EvaluatedRows& rows) {
  const Autoencoder& model = *rows.trained().model;
  const bool draws = draws_rows(rows.trained().info.preprocessing.output());
  const bool paired = rows.data().rows.count() >= 2;
  PartResult out;
  out.section.title = model.has_prior() ? "Samples" : "Decoded codes";
  const CodePairs pairs = paired ? drawn_pairs(rows, kPointsOfPair) : CodePairs{};
  if (model.has_prior()) add_distances(rows, out);
  if (paired) add_roughness(rows, pairs, out);
  if (draws) add_latent_pictures(rows, pairs, out.section);
  return out;
}

}  // namespace

EvaluationPart samples() {
  return {"samples",
          "Fréchet distance of samples from the prior, roughness of interpolations; pictures of "
          "samples, interpolations and traversals",
          true, no_pairs, generation_figures};
}

}  // namespace ae::parts
