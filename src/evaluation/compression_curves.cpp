#include "evaluation/compression_curves.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "core/error.h"
#include "engine/batch.h"
#include "evaluation/coded_size.h"
#include "evaluation/jpeg_totals.h"
#include "evaluation/reconstructed_data.h"

namespace ae {
namespace {

constexpr std::array kModelSteps = {8., 4., 2., 1., 0.5, 0.25, 0.125};
/// More than the model's, so that they cover its sizes.
constexpr std::array kPcaSteps = {32., 16., 8., 4., 2., 1., 0.5, 0.25, 0.125, 0.0625, 0.03125};
constexpr std::array kQualities = {2, 5, 10, 20, 35, 50, 70, 90};

/// Codes and coefficients of PCA, one row each. [n, Z], [n, K] float32 on the CPU
struct CodesOfRows {
  at::Tensor model;
  at::Tensor pca;
};

/// At most `limit` rows, evenly spaced: fewer of models whose widest layer has so many values that
/// they would have more than `values` in all, but at least `least`.
RowSet coded_rows_of(const RowSet& set, const Autoencoder& model, int64_t limit, int64_t least,
                     int64_t values) {
  constexpr int64_t kMostCodes = int64_t{1} << 23;  // 32 MB
  const int64_t fitting = std::max(least, values / model.widest());
  const int64_t holding = std::max<int64_t>(2, kMostCodes / model.latent_dim());
  return evenly_spaced(set, std::min({limit, fitting, holding}));
}

at::Tensor finite_codes(at::Tensor codes) {
  if (!codes.isfinite().all().item<bool>()) throw data_error("codes of some rows are not finite");
  return codes;
}

ForwardContext coding_context(const EvaluatedRows& rows, const Batch& batch) {
  return {.noise = &batch.noise(), .condition = rows.trained().model->condition(batch.labels())};
}

CodesOfRows codes_of(const EvaluatedRows& rows, const RowSet& some) {
  std::vector<at::Tensor> model;
  std::vector<at::Tensor> pca;
  rows.visit_rows(some, [&](const Batch& batch) {
    const Posterior posterior =
        rows.trained().model->encode(batch.input(), coding_context(rows, batch));
    model.push_back(posterior.code().cpu().to(at::kFloat));
    pca.push_back(rows.pca().project(batch.target().cpu()).to(at::kFloat));
  });
  return {finite_codes(at::cat(model)), finite_codes(at::cat(pca))};
}

/// Root mean square of the columns' standard deviations.
double scale_of(const at::Tensor& codes) {
  return std::sqrt(codes.to(at::kDouble).var(0, /*unbiased=*/false).mean().item<double>());
}

/// Quantisers with steps in units of the codes' scale. @param sparse  codes have exact zeros
std::vector<Quantizer> coding_quantizers(const at::Tensor& training, std::span<const double> steps,
                                         double scale, bool sparse) {
  const at::Tensor mean = training.to(at::kDouble).mean(0);
  std::vector<Quantizer> all;
  for (const double step : steps) {
    all.push_back({sparse ? at::zeros_like(mean) : mean, step * scale});
  }
  return all;
}

double coding_error(const at::Tensor& decoded, const at::Tensor& target) {
  return (decoded.to(at::kDouble) - target).square().nansum().item<double>();
}

/// Squared errors of the evaluated rows, summed, for each setting.
struct CodingErrors {
  double exact = 0;   ///< of codes that are not rounded
  double values = 0;  ///< that are not missing
  std::vector<double> model;
  std::vector<double> pca;
  std::vector<JpegTotals> jpeg;
};

/// @param codes  of these rows
CodingErrors coding_errors(const EvaluatedRows& rows, const RowSet& some, const CodesOfRows& codes,
                           const std::vector<Quantizer>& model_coders,
                           const std::vector<Quantizer>& pca_coders,
                           const std::optional<DataRange>& jpeg_range) {
  Autoencoder& model = *rows.trained().model;
  const Pca& pca = rows.pca();
  CodingErrors errors{.model = std::vector<double>(model_coders.size()),
                      .pca = std::vector<double>(pca_coders.size()),
                      .jpeg = std::vector<JpegTotals>(jpeg_range ? kQualities.size() : 0)};
  int64_t done = 0;
  rows.visit_rows(some, [&](const Batch& batch) {
    const ForwardContext context = coding_context(rows, batch);
    const at::Tensor target = batch.target().cpu().to(at::kDouble);
    errors.values += target.isnan().logical_not().sum().item<double>();
    const at::Tensor code = codes.model.narrow(0, done, batch.samples());
    const auto error_of = [&](const at::Tensor& used) {
      const at::Tensor moved = used.to(batch.target().options());
      return coding_error(model.reconstruct(moved, batch.target(), context).cpu(), target);
    };
    errors.exact += error_of(code);
    for (size_t i = 0; i < model_coders.size(); ++i) {
      errors.model[i] += error_of(model_coders[i].rounded(code));
    }
    const at::Tensor coefficients = codes.pca.narrow(0, done, batch.samples());
    for (size_t i = 0; i < pca_coders.size(); ++i) {
      const at::Tensor decoded =
          pca_coders[i].rounded(coefficients).mm(pca.components.t()).add_(pca.mean);
      errors.pca[i] += coding_error(decoded, target);
    }
    for (size_t i = 0; i < errors.jpeg.size(); ++i) {
      const JpegTotals added =
          jpeg_totals(batch.target().cpu(), rows.trained().info.preprocessing.output().shape,
                      *jpeg_range, kQualities[i], rows.options().threads);
      errors.jpeg[i].bits += added.bits;
      errors.jpeg[i].squared_error += added.squared_error;
    }
    done += batch.samples();
  });
  return errors;
}

std::vector<CodedRows> coded(const at::Tensor& training, const at::Tensor& held_out,
                             std::span<const double> steps, const std::vector<Quantizer>& coders,
                             const std::vector<double>& errors, double values, int threads) {
  std::vector<CodedRows> points;
  for (size_t i = 0; i < coders.size(); ++i) {
    const CodedSize size = coded_size(training, held_out, coders[i], threads);
    points.push_back(
        {steps[i], size.bits.sum().item<double>(), errors[i] / values, size.escapes, size.bits});
  }
  return points;
}

/// Range of the bytes of JPEG; none if rows are no images.
std::optional<DataRange> jpeg_range_of(const EvaluatedRows& rows) {
  constexpr int64_t kLongestSide = 65535;
  const std::vector<int64_t>& shape = rows.trained().info.preprocessing.output().shape;
  if (!has_complete_images(rows) || std::ranges::max(shape) > kLongestSide) return {};
  return data_range(rows);
}

}  // namespace

CompressionCurves compression_curves(const EvaluatedRows& rows) {
  const TrainedModel& trained = rows.trained();
  const RowSet some = coded_rows_of(rows.data().rows, *trained.model, 2000, 16, 1 << 24);
  const CodesOfRows training =
      codes_of(rows, coded_rows_of(rows.data().splits.train, *trained.model, 10000, 64, 1 << 28));
  CompressionCurves out{.training_rows = training.model.size(0),
                        .rows = some.count(),
                        .code_scale = scale_of(training.model),
                        .pca_scale = scale_of(training.pca)};
  if (!(out.code_scale > 0) || !(out.pca_scale > 0)) {
    throw data_error("all training rows have the same code, so there is nothing to compress");
  }
  const bool sparse = trained.info.experiment.model.latent->is_sparse();
  const auto model_coders = coding_quantizers(training.model, kModelSteps, out.code_scale, sparse);
  const auto pca_coders =
      coding_quantizers(training.pca, kPcaSteps, out.pca_scale, /*sparse=*/false);
  const CodesOfRows held_out = codes_of(rows, some);
  const CodingErrors errors =
      coding_errors(rows, some, held_out, model_coders, pca_coders, jpeg_range_of(rows));
  const int threads = rows.options().threads;
  out.mse = errors.exact / errors.values;
  out.model = coded(training.model, held_out.model, kModelSteps, model_coders, errors.model,
                    errors.values, threads);
  out.pca =
      coded(training.pca, held_out.pca, kPcaSteps, pca_coders, errors.pca, errors.values, threads);
  for (size_t i = 0; i < errors.jpeg.size(); ++i) {
    out.jpeg.push_back({static_cast<double>(kQualities[i]),
                        errors.jpeg[i].bits / static_cast<double>(out.rows),
                        errors.jpeg[i].squared_error / errors.values});
  }
  return out;
}

}  // namespace ae
