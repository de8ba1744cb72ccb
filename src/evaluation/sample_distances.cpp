#include "evaluation/sample_distances.h"

#include <ATen/ops/cat.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "engine/batch.h"
#include "evaluation/decode_rows.h"
#include "evaluation/frechet.h"
#include "inference/data_stream.h"
#include "inference/sample.h"

namespace ae {
namespace {

constexpr int64_t kMostComparedRows = 5000;
constexpr int64_t kLeastComparedRows = 64;
constexpr int64_t kDecodedValues = int64_t{1} << 31;  // of the widest layer, for seconds of work
constexpr int64_t kComponents = 64;
constexpr int64_t kComponentValues = int64_t{1} << 22;  // 32 MB
constexpr int64_t kFittedRows = 10000;
constexpr int64_t kWidthOfFit = 1 << 13;

/// Principal components of the training rows, fewer than the compared rows: those at hand if they
/// are enough, or if rows are so wide that to find more would take long.
Pca feature_space(const EvaluatedRows& rows, int64_t compared) {
  const int64_t width = rows.trained().model->features();
  const int64_t components =
      std::min({kComponents, width, std::max<int64_t>(2, kComponentValues / width), compared - 1});
  const Pca& known = rows.pca();
  const int64_t at_hand = known.components.size(1);
  if (at_hand >= components || (at_hand > 0 && width > kWidthOfFit)) {
    // The last ones are those of the greatest variance.
    const int64_t taken = std::min(at_hand, components);
    return {known.mean, known.components.narrow(1, at_hand - taken, taken)};
  }
  const RowSet targets = targets_of(evenly_spaced(rows.data().splits.train, kFittedRows));
  return fit_pca(chunks_of(targets, rows.trained().info.preprocessing.output().scaling),
                 components);
}

/// Coordinates of a set's rows and of their reconstructions.
struct ProjectedRows {
  at::Tensor rows;     // [n, K]
  at::Tensor decoded;  // [n, K]; undefined unless asked for
  bool has_gaps = false;
};

ProjectedRows projected_rows(const EvaluatedRows& rows, const RowSet& set, const Pca& pca,
                             bool reconstructs) {
  Autoencoder& model = *rows.trained().model;
  ProjectedRows out;
  std::vector<at::Tensor> own;
  std::vector<at::Tensor> decoded;
  rows.visit_rows(set, [&](const Batch& batch) {
    const at::Tensor& x = batch.target();
    out.has_gaps = out.has_gaps || x.isnan().any().item<bool>();
    own.push_back(pca.project(x.cpu()));
    if (!reconstructs) return;
    const ForwardContext context{.noise = &batch.noise(),
                                 .condition = model.condition(batch.labels())};
    const at::Tensor code = model.encode(batch.input(), context).code();
    decoded.push_back(pca.project(model.reconstruct(code, x, context).cpu()));
  });
  out.rows = at::cat(own);
  if (reconstructs) out.decoded = at::cat(decoded);
  return out;
}

at::Tensor projected_samples(const EvaluatedRows& rows, int64_t count, const Pca& pca) {
  Autoencoder& model = *rows.trained().model;
  const auto seed = static_cast<uint64_t>(rows.trained().info.experiment.seed);
  const int64_t at_once = stream_rows(model.widest());
  std::vector<at::Tensor> out;
  for (int64_t first = 0; first < count; first += at_once) {
    const int64_t some = std::min(at_once, count - first);
    out.push_back(
        pca.project(decode_rows(model, draw_from_prior(first, some, model.latent_dim(), seed),
                                labels_in_turn(first, some, model), rows.trained().device)));
  }
  return at::cat(out);
}

}  // namespace

std::optional<SampleDistances> sample_distances(const EvaluatedRows& rows) {
  const RowSet& train = rows.data().splits.train;
  const int64_t affordable = std::clamp(kDecodedValues / rows.trained().model->widest(),
                                        kLeastComparedRows, kMostComparedRows);
  const int64_t count = std::min({affordable, train.count(), rows.data().rows.count()});
  if (count < 2) return std::nullopt;
  const Pca pca = feature_space(rows, count);
  const ProjectedRows evaluated =
      projected_rows(rows, evenly_spaced(rows.data().rows, count), pca, /*reconstructs=*/true);
  if (evaluated.has_gaps) return std::nullopt;
  const CodeMoments reference = code_moments(evaluated.rows);
  const auto distance = [&](const at::Tensor& some) {
    return frechet_distance(code_moments(some), reference);
  };
  SampleDistances out{.components = pca.components.size(1), .rows = count};
  out.samples = distance(projected_samples(rows, count, pca));
  out.reconstructions = distance(evaluated.decoded);
  if (rows.data().name == "train") return out;
  const ProjectedRows training =
      projected_rows(rows, evenly_spaced(train, count), pca, /*reconstructs=*/false);
  if (training.has_gaps) return std::nullopt;
  out.training_rows = distance(training.rows);
  return out;
}

}  // namespace ae
