#include "evaluation/denoised_rows.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>

#include <algorithm>
#include <array>
#include <span>

#include "core/error.h"
#include "engine/batch.h"
#include "evaluation/corruption_level.h"
#include "evaluation/median_filter.h"
#include "evaluation/reconstructed_data.h"
#include "report/picture.h"
#include "training/model_input.h"

namespace ae {
namespace {

constexpr std::array kFactors = {0., 0.5, 1., 1.5, 2.};
constexpr int64_t kDenoisedRows = 2000;
constexpr int64_t kDenoisedValues = int64_t{1} << 24;  // of the model's widest layer
constexpr int64_t kDenoisedPictures = 10;
constexpr int64_t kDenoisedPixels = int64_t{1} << 21;  // some MB of PNG, as noise is not compressed

const Preprocessing& denoised_output(const EvaluatedRows& rows) {
  return rows.trained().info.preprocessing.output();
}

/// Null if blocks of this size do not fit into the rows.
std::shared_ptr<const Corruption> built_corruption(const CorruptionPart& corruption,
                                                   const InputInfo& input) {
  try {
    return corruption->build(input);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage) throw;
    return nullptr;
  }
}

double noise_error(const at::Tensor& values, const at::Tensor& clean) {
  return (values - clean).to(at::kDouble).square().nansum().item<double>();
}

}  // namespace

std::vector<NoiseLevel> noise_levels(const EvaluatedRows& rows) {
  const Experiment& experiment = rows.trained().info.experiment;
  const InputInfo input = input_of(experiment, rows.data().splits);
  std::vector<NoiseLevel> levels;
  for (const double factor : kFactors) {
    if (factor == 0) {
      levels.push_back({0, 0, nullptr});
      continue;
    }
    const auto scaled = factor == 1 ? std::optional<CorruptionPart>(experiment.corruption)
                                    : scaled_corruption(experiment.corruption, factor);
    if (!scaled) continue;
    const double value =
        corruption_level(*scaled).value_or(CorruptionLevel{.option = "", .value = factor}).value;
    std::shared_ptr<const Corruption> corruption = built_corruption(*scaled, input);
    // A small whole number may be the same at two levels.
    if (!corruption || (factor != 1 && value == levels.back().value)) continue;
    if (factor == 1 && value == levels.back().value) levels.pop_back();
    levels.push_back({factor, value, std::move(corruption)});
  }
  return levels;
}

DenoisedRows denoise(const EvaluatedRows& rows, const Batch& batch, const NoiseLevel& level) {
  Autoencoder& model = *rows.trained().model;
  const ForwardContext context{.noise = &batch.noise(),
                               .condition = model.condition(batch.labels())};
  const at::Tensor noisy =
      level.corruption ? level.corruption->apply(batch.input(), batch.noise()) : batch.input();
  const at::Tensor decoded =
      model.reconstruct(model.encode(noisy, context).code(), batch.target(), context);
  DenoisedRows out{.clean = batch.target().cpu(), .noisy = noisy.cpu(), .model = decoded.cpu()};
  const Pca& pca = rows.pca();
  out.pca = pca.project(out.noisy).mm(pca.components.t()).add_(pca.mean).to(at::kFloat);
  if (has_complete_images(rows)) {
    std::vector<int64_t> images = denoised_output(rows).shape;
    images.insert(images.begin(), out.noisy.size(0));
    out.median = median_filter(out.noisy.view(images)).flatten(1);
  }
  return out;
}

DenoisingFigures denoising_errors(const EvaluatedRows& rows,
                                  const std::vector<NoiseLevel>& levels) {
  const int64_t fitting =
      std::max<int64_t>(kDenoisedPictures, kDenoisedValues / rows.trained().model->widest());
  const RowSet some = evenly_spaced(rows.data().rows, std::min(kDenoisedRows, fitting));
  DenoisingFigures out{.rows = some.count(),
                       .has_median = has_complete_images(rows),
                       .levels = std::vector<DenoisingErrors>(levels.size())};
  double values = 0;
  rows.visit_rows(some, [&](const Batch& batch) {
    const at::Tensor clean = batch.target().cpu();
    values += clean.isnan().logical_not().sum().item<double>();
    out.power += clean.to(at::kDouble).square().nansum().item<double>();
    for (size_t i = 0; i < levels.size(); ++i) {
      const DenoisedRows denoised = denoise(rows, batch, levels[i]);
      DenoisingErrors& errors = out.levels[i];
      errors.noisy += noise_error(denoised.noisy, clean);
      errors.model += noise_error(denoised.model, clean);
      errors.pca += noise_error(denoised.pca, clean);
      if (out.has_median) errors.median += noise_error(denoised.median, clean);
    }
  });
  out.power /= values;
  for (DenoisingErrors& errors : out.levels) {
    for (double* sum : {&errors.noisy, &errors.model, &errors.pca, &errors.median}) *sum /= values;
  }
  return out;
}

std::string denoising_picture(const EvaluatedRows& rows, const NoiseLevel& level) {
  const std::vector<int64_t>& shape = denoised_output(rows).shape;
  const int64_t pixels = is_image(shape) ? shape[1] * shape[2] : 1;
  const bool table = !denoised_output(rows).feature_names().empty();
  if (table || !Picture::can_draw(shape)) return {};
  constexpr int64_t kLines = 5;
  const int64_t across = std::min({kDenoisedPictures, rows.data().rows.count(),
                                   kDenoisedPixels / (kLines * pixels), Picture::max_rows(shape)});
  if (across == 0) return {};
  std::vector<std::vector<at::Tensor>> lines(has_complete_images(rows) ? kLines : kLines - 1);
  rows.visit_rows(evenly_spaced(rows.data().rows, across), [&](const Batch& batch) {
    const DenoisedRows each = denoise(rows, batch, level);
    std::vector<at::Tensor> parts = {each.clean, each.noisy, each.model};
    if (each.median.defined()) parts.push_back(each.median);
    parts.push_back(each.pca);
    for (size_t i = 0; i < lines.size(); ++i) lines[i].push_back(parts[i]);
  });
  std::vector<at::Tensor> all;
  for (const std::vector<at::Tensor>& line : lines) all.push_back(at::cat(line));
  const auto [low, high] = drawn_range(all.front());
  return Picture(shape, low, high).png(at::cat(all), across);
}

}  // namespace ae
