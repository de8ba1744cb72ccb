#include <spdlog/fmt/fmt.h>

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "data/step.h"
#include "engine/batch.h"
#include "evaluation/image_quality.h"
#include "evaluation/part.h"
#include "evaluation/parts/reconstruction_section.h"
#include "evaluation/reconstructed_data.h"
#include "report/picture.h"

namespace ae::parts {
namespace {

constexpr int64_t kListed = 10;  // best and worst rows, in JSON

/// Sums over the evaluated rows.
struct Errors {
  at::Tensor by_row;      ///< [N] squared error, summed over features
  at::Tensor by_feature;  ///< [D] squared error, summed over rows in which it is not missing
  at::Tensor observed;    ///< [D] rows in which the feature is not missing
  at::Tensor pca;         ///< [N] squared error of PCA, summed over features
  double psnr = 0;        ///< summed over images
  std::optional<double> ssim;
  std::optional<double> reflected_ssim;
};

void add_image_quality(const at::Tensor& x, const at::Tensor& decoded,
                       const std::vector<int64_t>& shape, double range, Errors& errors) {
  const std::vector<int64_t> images = {x.size(0), shape[0], shape[1], shape[2]};
  errors.psnr += psnr_by_image(x, decoded, range).sum().item<double>();
  const auto add = [](std::optional<double>& sum, const std::optional<at::Tensor>& values) {
    if (values) sum = sum.value_or(0) + values->sum().item<double>();
  };
  constexpr int64_t kValuesAtOnce = 1 << 16;  // fits in the processor's caches
  const int64_t at_once = std::max<int64_t>(1, kValuesAtOnce / x.size(1));
  const std::vector<at::Tensor> first = x.view(images).split(at_once);
  const std::vector<at::Tensor> second = decoded.view(images).split(at_once);
  for (size_t i = 0; i < first.size(); ++i) {
    const Ssim ssim = structural_similarity(first[i], second[i], range);
    add(errors.ssim, ssim.valid);
    add(errors.reflected_ssim, ssim.reflected);
  }
}

Errors errors_of(const EvaluatedRows& rows, const std::vector<int64_t>& shape, double range) {
  Autoencoder& model = *rows.trained().model;
  Errors errors{at::empty({rows.data().rows.count()}, at::kDouble),
                at::zeros({model.features()}, at::kDouble),
                at::zeros({model.features()}, at::kDouble),
                at::empty({rows.data().rows.count()}, at::kDouble)};
  int64_t done = 0;
  rows.for_each([&](const Batch& batch) {
    const ForwardContext context{.noise = &batch.noise(),
                                 .condition = model.condition(batch.labels())};
    const at::Tensor& x = batch.target();
    const at::Tensor decoded =
        model.reconstruct(model.encode(batch.input(), context).code(), x, context);
    const at::Tensor squares = (decoded - x).cpu().to(at::kDouble).square();
    errors.by_row.narrow(0, done, squares.size(0)).copy_(squares.nansum(1));
    errors.by_feature += squares.nansum(0);
    errors.observed += squares.isnan().logical_not().sum(0);
    errors.pca.narrow(0, done, squares.size(0))
        .copy_(rows.pca().squared_error(x.cpu().to(at::kDouble)));
    if (is_image(shape)) add_image_quality(x.cpu(), decoded.cpu(), shape, range, errors);
    done += squares.size(0);
  });
  return errors;
}

/// Rows of the file by their error. @param order  places in the evaluated set
Json listed(const EvaluatedRows& rows, const at::Tensor& errors,
            const std::vector<int64_t>& order) {
  Json json = Json::array();
  for (const int64_t place : order) {
    json.push_back({{"row", rows.data().rows.rows[static_cast<size_t>(place)]},
                    {"squared_error", errors[place].item<double>()}});
  }
  return json;
}

std::string feature_name(const EvaluatedRows& rows, int64_t feature) {
  const auto& names = rows.trained().info.preprocessing.output().feature_names();
  return names.empty() ? std::to_string(feature) : names[static_cast<size_t>(feature)];
}

PartResult reconstruction_figures(const EvaluatedRows& rows) {
  const std::vector<int64_t>& shape = rows.trained().info.preprocessing.output().shape;
  const double range = is_image(shape) ? data_range(rows).width() : 1;
  const Errors errors = errors_of(rows, shape, range);
  const auto count = static_cast<double>(rows.data().rows.count());
  const auto width = static_cast<double>(errors.by_feature.numel());
  const at::Tensor by_feature = errors.by_feature / errors.observed;
  const at::Tensor order = errors.by_row.argsort(/*dim=*/0, /*descending=*/true);
  std::vector<int64_t> places(order.const_data_ptr<int64_t>(),
                              order.const_data_ptr<int64_t>() + order.numel());
  const auto most =
      static_cast<std::ptrdiff_t>(std::min<int64_t>(kListed, static_cast<int64_t>(places.size())));
  PartResult out;
  out.metrics["worst_rows"] = listed(rows, errors.by_row, {places.begin(), places.begin() + most});
  out.metrics["best_rows"] = listed(rows, errors.by_row, {places.rbegin(), places.rbegin() + most});
  PartTable features{"errors_by_feature", {"feature", "mse"}, {}};
  for (const double error : double_vector(by_feature)) {
    const auto feature = static_cast<int64_t>(features.rows.size());
    features.rows.push_back({feature_name(rows, feature), fmt::format("{:.9g}", error)});
  }
  PartTable by_row{"errors_by_row", {"row", "squared_error"}, {}};
  for (const double error : double_vector(errors.by_row)) {
    const int64_t row = rows.data().rows.rows[by_row.rows.size()];
    by_row.rows.push_back({std::to_string(row), fmt::format("{:.9g}", error)});
  }
  out.tables = {std::move(features), std::move(by_row)};
  out.section = reconstruction_section(rows, {errors.by_row, errors.pca, by_feature, places});
  if (!is_image(shape)) return out;
  const double mse = errors.by_row.sum().item<double>() / (count * width);
  Json psnr = {
      {"pooled", pooled_psnr(mse, range)},
      {"mean_of_images", errors.psnr / count},
      {"pca_pooled", pooled_psnr(errors.pca.sum().item<double>() / (count * width), range)},
      {"range", range}};
  out.text = fmt::format("PSNR {:.4g} dB pooled, {:.4g} dB mean of images; PCA {:.4g} dB pooled",
                         psnr["pooled"].get<double>(), psnr["mean_of_images"].get<double>(),
                         psnr["pca_pooled"].get<double>());
  out.metrics["psnr"] = std::move(psnr);
  Json ssim = Json::object();
  if (errors.ssim) ssim["valid_window"] = *errors.ssim / count;
  if (errors.reflected_ssim) ssim["reflected_edges"] = *errors.reflected_ssim / count;
  if (!ssim.empty()) {
    out.text += fmt::format("; SSIM {:.4g}", ssim.front().get<double>());
    out.metrics["ssim"] = std::move(ssim);
  }
  out.text += "\n";
  return out;
}

}  // namespace

EvaluationPart reconstruction() {
  return {"reconstruction",
          "error by feature and row, the worst and best rows, PSNR and SSIM of images", true,
          nullptr, reconstruction_figures};
}

}  // namespace ae::parts
