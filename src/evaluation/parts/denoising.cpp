#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/text.h"
#include "evaluation/corruption_level.h"
#include "evaluation/denoised_rows.h"
#include "evaluation/image_quality.h"
#include "evaluation/part.h"
#include "evaluation/reconstructed_data.h"
#include "report/page/image.h"
#include "report/page/line_chart.h"
#include "report/picture.h"

namespace ae::parts {
namespace {

/// A way to treat noisy rows, and its place among the errors.
struct Method {
  const char* key;
  const char* name;
  double DenoisingErrors::* error;
};

/// Figures with what is needed to write them.
struct DenoisingReport {
  std::vector<NoiseLevel> levels;
  DenoisingFigures figures;
  std::vector<Method> methods;
  std::string option;  ///< of the corruption, that the level is of
  bool images;
  double range;  ///< of images
  size_t best;   ///< place of the level at which the model's error is smallest

  const char* unit() const { return images ? "psnr_db" : "snr_db"; }
  const char* name() const { return images ? "PSNR" : "SNR"; }
  double mse(size_t level, const Method& method) const {
    return figures.levels[level].*method.error;
  }
  /// PSNR of images, else the signal's power over the error's. Infinite without an error.
  double decibel(size_t level, const Method& method) const {
    const double error = mse(level, method);
    return images ? pooled_psnr(error, range) : 10 * std::log10(figures.power / error);
  }
};

DenoisingReport denoising_report(const EvaluatedRows& rows) {
  DenoisingReport out{.levels = noise_levels(rows)};
  out.figures = denoising_errors(rows, out.levels);
  out.methods = {{"model", "denoised by the model", &DenoisingErrors::model},
                 {"noisy", "noisy input", &DenoisingErrors::noisy},
                 {"pca", "PCA of equal width", &DenoisingErrors::pca}};
  if (out.figures.has_median) {
    out.methods.push_back({"median", "median filter 3×3", &DenoisingErrors::median});
  }
  const auto level = corruption_level(rows.trained().info.experiment.corruption);
  out.option = level ? level->option : "times the trained noise";
  out.images = is_image(rows.trained().info.preprocessing.output().shape);
  out.range = out.images ? data_range(rows).width() : 1;
  const auto& errors = out.figures.levels;
  out.best = static_cast<size_t>(std::ranges::min_element(errors, {}, &DenoisingErrors::model) -
                                 errors.begin());
  return out;
}

Json denoising_json(const DenoisingReport& report, const std::string& corruption) {
  Json levels = Json::array();
  for (size_t i = 0; i < report.levels.size(); ++i) {
    Json json = {{"level", report.levels[i].value}, {"times_trained", report.levels[i].factor}};
    for (const Method& method : report.methods) {
      const double decibel = report.decibel(i, method);
      json[method.key] = {{"mse", report.mse(i, method)},
                          {report.unit(), std::isfinite(decibel) ? Json(decibel) : Json()}};
    }
    levels.push_back(std::move(json));
  }
  Json json = {{"rows", report.figures.rows},
               {"corruption", corruption},
               {"level_is", report.option},
               {"best_level", report.levels[report.best].value},
               {"levels", std::move(levels)}};
  if (report.images) json["range"] = report.range;
  return json;
}

PartTable denoising_table(const DenoisingReport& report) {
  PartTable table{"denoising", {"level", "times_trained", "method", "mse", report.unit()}, {}};
  for (size_t i = 0; i < report.levels.size(); ++i) {
    for (const Method& method : report.methods) {
      const double decibel = report.decibel(i, method);
      table.rows.push_back({fmt::format("{:.9g}", report.levels[i].value),
                            fmt::format("{:g}", report.levels[i].factor), method.key,
                            fmt::format("{:.9g}", report.mse(i, method)),
                            std::isfinite(decibel) ? fmt::format("{:.9g}", decibel) : ""});
    }
  }
  return table;
}

size_t trained_level(const DenoisingReport& report) {
  return static_cast<size_t>(std::ranges::find(report.levels, 1., &NoiseLevel::factor) -
                             report.levels.begin());
}

std::string denoising_text(const DenoisingReport& report) {
  const size_t trained = trained_level(report);
  std::string text = fmt::format("{} at the trained {} {:g}:", report.name(), report.option,
                                 report.levels[trained].value);
  const char* separator = " ";
  for (const Method& method : report.methods) {
    text += fmt::format("{}{} {:.4g} dB", separator, method.name, report.decibel(trained, method));
    separator = ", ";
  }
  return text + fmt::format("; best level {:g}\n", report.levels[report.best].value);
}

PageSection denoising_section(const EvaluatedRows& rows, const DenoisingReport& report) {
  const std::string& corruption = rows.trained().info.experiment.corruption.type();
  const NoiseLevel& trained = report.levels[trained_level(report)];
  PageSection section{
      .title = "Denoising",
      .paragraphs = {fmt::format(
          "{} evaluated rows with noise of the trained kind ({}) at several levels, compared with "
          "the clean rows. {} Best level of the model: {} {:g}.",
          grouped(report.figures.rows), corruption,
          report.images ? "PSNR is of all values together, over the range of the data."
                        : "SNR is the mean square of the clean values over that of the error.",
          report.option, report.levels[report.best].value)}};
  auto& chart = section.add<LineChart>(
      fmt::format("{} against noise", report.name()),
      "Higher is better; the model removes noise where its curve is above that of the noisy input, "
      "and is worth its training where it is above PCA's.",
      AxisOptions{report.option}, AxisOptions{fmt::format("{} in dB", report.name())});
  for (const Method& method : report.methods) {
    std::vector<double> levels;
    std::vector<double> decibels;
    for (size_t i = 0; i < report.levels.size(); ++i) {
      if (!std::isfinite(report.decibel(i, method))) continue;  // the input without noise
      levels.push_back(report.levels[i].value);
      decibels.push_back(report.decibel(i, method));
    }
    chart.add(method.name, levels, decibels);
  }
  chart.add_reference(trained.value, "trained level");
  std::string png = denoising_picture(rows, trained);
  if (png.empty()) return section;
  const std::string lines = fmt::format(
      "Lines from the top: clean rows, with noise, denoised by the model, {}by PCA of equal width",
      report.figures.has_median ? "by a median filter of 3×3 pixels, " : "");
  section.add<ImageFigure>(
      fmt::format("Rows at {} {:g}", report.option, trained.value),
      fmt::format("{}; what the model adds or leaves out shows against the first line.", lines),
      std::move(png), lines);
  return section;
}

std::string no_denoising(const EvaluatedRows& rows) {
  if (!rows.trained().info.experiment.corruption->is_active()) {
    return "the model was trained without corruption";
  }
  return rows.trained().model->has_own_target() ? "the model reconstructs targets, not its input"
                                                : "";
}

PartResult denoising_figures(const EvaluatedRows& rows) {
  const DenoisingReport report = denoising_report(rows);
  PartResult out;
  out.metrics = denoising_json(report, rows.trained().info.experiment.corruption.type());
  out.text = denoising_text(report);
  out.tables.push_back(denoising_table(report));
  out.section = denoising_section(rows, report);
  return out;
}

}  // namespace

EvaluationPart denoising() {
  return {"denoising",
          "error of denoising models against noise level, beside PCA and a median filter", true,
          no_denoising, denoising_figures};
}

}  // namespace ae::parts
