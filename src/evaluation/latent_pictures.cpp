#include "evaluation/latent_pictures.h"

#include <spdlog/fmt/fmt.h>

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "core/random.h"
#include "core/text.h"
#include "data/step.h"
#include "engine/batch.h"
#include "evaluation/pictured_rows.h"
#include "inference/latent_paths.h"
#include "inference/sample.h"
#include "models/latent_statistics.h"
#include "report/picture.h"

namespace ae {
namespace {

constexpr int64_t kMostPairs = 100;
constexpr int64_t kLeastPairs = 5;
constexpr int64_t kDecodedPairValues = int64_t{1} << 27;  // of the widest layer
constexpr int64_t kSampleTiles = 64;
constexpr int64_t kLines = 5;   // of interpolations
constexpr int64_t kSteps = 11;  // of a line
constexpr double kSpan = 3;     // standard deviations to each side, of a traversal
constexpr int64_t kMostTraversed = 10;
constexpr int64_t kRankedRows = 5000;
constexpr int64_t kManifoldSide = 15;

uint64_t seed_of_run(const EvaluatedRows& rows) {
  return static_cast<uint64_t>(rows.trained().info.experiment.seed);
}

/// Statistics of the codes of at most kRankedRows rows of a set, evenly spaced.
LatentStatistics statistics_of(const EvaluatedRows& rows, const RowSet& set) {
  LatentStatistics out;
  rows.visit_rows(evenly_spaced(set, kRankedRows), [&](const Batch& batch) {
    const ForwardContext context{.noise = &batch.noise(),
                                 .condition = rows.trained().model->condition(batch.labels())};
    out.add(rows.trained().model->encode(batch.input(), context));
  });
  return out;
}

/// Latents of the greatest figures, descending.
std::vector<int64_t> greatest(const std::vector<double>& figures) {
  std::vector<int64_t> order(figures.size());
  std::iota(order.begin(), order.end(), int64_t{0});
  std::ranges::stable_sort(order, [&](int64_t a, int64_t b) {
    return figures[static_cast<size_t>(a)] > figures[static_cast<size_t>(b)];
  });
  order.resize(static_cast<size_t>(std::min(kMostTraversed, static_cast<int64_t>(figures.size()))));
  return order;
}

/// Labels of lines of equal length, one for each line. [lines] → [lines * steps]
at::Tensor labels_of_lines(const at::Tensor& labels, int64_t steps) {
  return labels.defined() ? labels.repeat_interleave(steps) : labels;
}

void add_samples(const EvaluatedRows& rows, PageSection& section) {
  const Autoencoder& model = *rows.trained().model;
  const char* labels = model.classes() > 0 ? " The classes follow each other in turn." : "";
  add_decoded(rows.trained(),
              draw_from_prior(0, kSampleTiles, model.latent_dim(), seed_of_run(rows)),
              labels_in_turn(0, kSampleTiles, model), square_columns(kSampleTiles),
              {"Samples",
               fmt::format("Rows decoded from codes drawn from the prior: where they look unlike "
                           "the data, the prior has codes that no row has.{}",
                           labels),
               "Grid of samples decoded from the prior"},
              section);
}

void add_interpolations(const EvaluatedRows& rows, const CodePairs& pairs, PageSection& section) {
  const int64_t lines = std::min(kLines, pairs.from.size(0));
  std::vector<at::Tensor> codes;
  std::string names;
  for (int64_t i = 0; i < lines; ++i) {
    codes.push_back(interpolated_codes(pairs.from[i], pairs.to[i], kSteps, /*spherical=*/false));
    names += fmt::format("{}{} to {}", i == 0 ? "" : ", ", pairs.numbers[static_cast<size_t>(i)],
                         pairs.numbers[static_cast<size_t>(i + pairs.from.size(0))]);
  }
  const at::Tensor labels =
      pairs.labels.defined() ? pairs.labels.narrow(0, 0, lines) : at::Tensor();
  add_decoded(
      rows.trained(), at::cat(codes), labels_of_lines(labels, kSteps), kSteps,
      {"Interpolations",
       fmt::format("Each line decodes the straight path between the codes of two rows ({}), "
                   "whose reconstructions are at its ends: a latent space without gaps "
                   "changes evenly.",
                   names),
       "Lines of rows decoded between pairs of rows"},
      section);
}

/// A line for each latent: around the prior's mean, or around a row's code by the codes' deviation.
void add_traversals(const EvaluatedRows& rows, const CodePairs& pairs, PageSection& section) {
  const Autoencoder& model = *rows.trained().model;
  const bool prior = model.has_prior();
  const LatentStatistics statistics =
      statistics_of(rows, prior ? rows.data().rows : rows.data().splits.train);
  const std::vector<double> variance = double_vector(statistics.variance().cpu());
  const std::vector<int64_t> latents =
      greatest(prior ? double_vector(statistics.kl().cpu()) : variance);
  std::vector<at::Tensor> lines;
  std::vector<std::string> names;
  const at::Tensor centre = prior ? at::zeros({model.latent_dim()}, at::kFloat) : pairs.from[0];
  for (const int64_t latent : latents) {
    const double middle = prior ? 0 : centre[latent].item<double>();
    const double reach = kSpan * (prior ? 1 : std::sqrt(variance[static_cast<size_t>(latent)]));
    lines.push_back(traversed_codes(centre, latent, middle - reach, middle + reach, kSteps));
    names.push_back(std::to_string(latent));
  }
  const auto count = static_cast<int64_t>(latents.size());
  at::Tensor labels;
  if (model.classes() > 0) {
    labels = prior ? labels_in_turn(0, count, model) : pairs.labels.narrow(0, 0, 1).expand({count});
  }
  add_decoded(
      rows.trained(), at::cat(lines), labels_of_lines(labels, kSteps), kSteps,
      {"Traversals",
       fmt::format("Each line changes one latent alone by up to {} standard deviations to both "
                   "sides, around {}: what changes along a line is what the latent stands for. "
                   "From the top, latents {}, those of the greatest {}.",
                   kSpan,
                   prior ? std::string("the prior's mean")
                         : fmt::format("the code of row {}", pairs.numbers.front()),
                   join(names), prior ? "KL divergence" : "variance over the training rows"),
       "Lines of rows decoded while one latent changes"},
      section);
}

void add_manifold(const EvaluatedRows& rows, PageSection& section) {
  const Autoencoder& model = *rows.trained().model;
  const int64_t most = most_pictured(rows.trained().info.preprocessing.output().shape);
  int64_t side = kManifoldSide;
  while (side > 2 && side * side > most) --side;
  const at::Tensor labels =
      model.classes() > 0 ? at::zeros({side * side}, at::kLong) : at::Tensor();
  add_decoded(rows.trained(), normal_grid(side), labels, side,
              {"Manifold",
               fmt::format("The two latents at quantiles of the prior, the first from left to "
                           "right, the second from the bottom to the top: each place stands for "
                           "as much of the prior.{}",
                           labels.defined() ? " All are of the first class." : ""),
               "Grid of rows decoded over both latents"},
              section);
}

}  // namespace

CodePairs drawn_pairs(const EvaluatedRows& rows, int64_t points) {
  const RowSet& all = rows.data().rows;
  const Autoencoder& model = *rows.trained().model;
  const int64_t affordable = std::clamp(
      kDecodedPairValues / (points * rows.trained().model->widest()), kLeastPairs, kMostPairs);
  const int64_t pairs = std::min(affordable, all.count() / 2);
  const std::vector<int64_t> order = permutation(
      all.count(), {.seed = seed_of_run(rows), .purpose = Purpose::sampling, .layer = 4});
  RowSet drawn{all.data, {}};
  for (int64_t i = 0; i < 2 * pairs; ++i) {
    drawn.rows.push_back(all.rows[static_cast<size_t>(order[static_cast<size_t>(i)])]);
  }
  std::vector<at::Tensor> codes;
  rows.visit_rows(drawn, [&](const Batch& batch) {
    const ForwardContext context{.noise = &batch.noise(),
                                 .condition = rows.trained().model->condition(batch.labels())};
    codes.push_back(rows.trained().model->encode(batch.input(), context).code().cpu());
  });
  const at::Tensor both = at::cat(codes);
  CodePairs out{both.narrow(0, 0, pairs), both.narrow(0, pairs, pairs), {}, drawn.rows};
  if (model.classes() > 0) out.labels = drawn.labels_of(drawn.rows).narrow(0, 0, pairs);
  return out;
}

void add_latent_pictures(const EvaluatedRows& rows, const CodePairs& pairs, PageSection& section) {
  const Autoencoder& model = *rows.trained().model;
  const bool paired = pairs.from.defined();
  if (model.has_prior()) add_samples(rows, section);
  if (paired) add_interpolations(rows, pairs, section);
  if (paired || model.has_prior()) add_traversals(rows, pairs, section);
  if (model.has_prior() && model.latent_dim() == 2) add_manifold(rows, section);
}

}  // namespace ae
