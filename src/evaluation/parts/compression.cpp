#include <spdlog/fmt/fmt.h>

#include <optional>
#include <vector>

#include "core/text.h"
#include "data/step.h"
#include "evaluation/coded_size.h"
#include "evaluation/compression_curves.h"
#include "evaluation/part.h"
#include "report/page/html_table.h"
#include "report/page/line_chart.h"

namespace ae::parts {
namespace {

constexpr double kNamedStep = 0.5;  // of the line for people and the sizes by latent

std::vector<RatePoint> rates_of(const std::vector<CodedRows>& points) {
  std::vector<RatePoint> rates;
  for (const CodedRows& point : points) rates.push_back({point.bits, point.mse});
  return rates;
}

/// PCA's error at a point's bits.
std::optional<double> pca_mse(const CompressionCurves& curves, const CodedRows& point) {
  return mse_at(rates_of(curves.pca), point.bits);
}

Json points_json(const CompressionCurves& curves, const std::vector<CodedRows>& points,
                 const char* setting, double values) {
  Json list = Json::array();
  for (const CodedRows& point : points) {
    Json json = {{setting, point.setting},
                 {"bits_per_row", point.bits},
                 {"bits_per_value", point.bits / values},
                 {"mse", point.mse}};
    if (point.bits_by_latent.defined()) json["escapes"] = point.escapes;
    if (&points != &curves.pca) {
      const auto pca = pca_mse(curves, point);
      json["pca_mse_at_equal_bits"] = pca ? Json(*pca) : Json();
    }
    list.push_back(std::move(json));
  }
  return list;
}

Json compression_json(const CompressionCurves& curves, double values) {
  Json json = {{"rows", curves.rows},
               {"training_rows", curves.training_rows},
               {"code_scale", curves.code_scale},
               {"pca_scale", curves.pca_scale},
               {"mse_not_rounded", curves.mse},
               {"model", points_json(curves, curves.model, "step", values)},
               {"pca", points_json(curves, curves.pca, "step", values)}};
  for (const CodedRows& point : curves.model) {
    if (point.setting != kNamedStep) continue;
    json["step_of_bits_by_latent"] = point.setting;
    json["bits_by_latent"] = double_vector(point.bits_by_latent);
  }
  if (!curves.jpeg.empty()) json["jpeg"] = points_json(curves, curves.jpeg, "quality", values);
  return json;
}

PartTable compression_table(const CompressionCurves& curves, double values) {
  PartTable table{"compression",
                  {"coder", "step", "quality", "bits_per_row", "bits_per_value", "mse",
                   "pca_mse_at_equal_bits"},
                  {}};
  const auto number = [](double value) { return fmt::format("{:.9g}", value); };
  const auto add = [&](const char* coder, const std::vector<CodedRows>& points) {
    for (const CodedRows& point : points) {
      const std::string setting = fmt::format("{:g}", point.setting);
      const bool steps = point.bits_by_latent.defined();
      const auto pca = &points != &curves.pca ? pca_mse(curves, point) : std::nullopt;
      table.rows.push_back({coder, steps ? setting : "", steps ? "" : setting, number(point.bits),
                            number(point.bits / values), number(point.mse),
                            pca ? number(*pca) : ""});
    }
  };
  add("model", curves.model);
  add("pca", curves.pca);
  add("jpeg", curves.jpeg);
  return table;
}

void add_curve(LineChart& chart, const char* name, const std::vector<CodedRows>& points) {
  if (points.empty()) return;
  std::vector<double> bits;
  std::vector<double> errors;
  for (const CodedRows& point : points) {
    if (point.bits < 0.1) continue;  // next to nothing, which would stretch a logarithmic axis
    bits.push_back(point.bits);
    errors.push_back(point.mse);
  }
  chart.add(name, bits, errors);
}

PageSection compression_section(const EvaluatedRows& rows, const CompressionCurves& curves,
                                double values) {
  PageSection section{
      .title = "Compression",
      .paragraphs = {fmt::format(
          "Codes are rounded to multiples of a step and stored with as few bits as the frequencies "
          "in {} training rows allow; {} evaluated rows are coded. Steps are given in units of the "
          "codes' standard deviation (root mean square over latents). Coefficients of PCA are "
          "coded in the same way.",
          grouped(curves.training_rows), grouped(curves.rows))}};
  if (!curves.jpeg.empty()) {
    section.paragraphs.emplace_back(
        "JPEG is made for no particular kind of image, while a model codes only those well that "
        "are like its training rows. JPEG's headers are not counted.");
  }
  const auto& experiment = rows.trained().info.experiment;
  if (experiment.objective.reconstruction->couples_features()) {
    section.paragraphs.emplace_back(
        "The decoder gives shares of a row's total, which is taken as known and not counted.");
  }
  auto& chart = section.add<LineChart>(
      "Error against size",
      "Lower and further left is better: a smaller error from fewer bits. Where a curve is level, "
      "finer steps add bits and no detail.",
      AxisOptions{"bits per row", Scale::log}, AxisOptions{"mean squared error", Scale::log});
  add_curve(chart, "model", curves.model);
  add_curve(chart, "PCA of equal width", curves.pca);
  add_curve(chart, "JPEG", curves.jpeg);
  auto& table = section.add<TableFigure>(
      "Sizes of the codes",
      "Each step of rounding, with the error that PCA has at the same number of bits (between two "
      "of its points, interpolated).",
      std::vector<std::string>{"step", "bits per row", "bits per value", "MSE",
                               "MSE of PCA at equal bits"});
  for (const CodedRows& point : curves.model) {
    const auto pca = pca_mse(curves, point);
    table.add({fmt::format("{:g}", point.setting), fmt::format("{:.4g}", point.bits),
               fmt::format("{:.4g}", point.bits / values), fmt::format("{:.4g}", point.mse),
               pca ? fmt::format("{:.4g}", *pca) : "–"});
  }
  return section;
}

PartResult compression_figures(const EvaluatedRows& rows) {
  const CompressionCurves curves = compression_curves(rows);
  const auto values = static_cast<double>(rows.trained().model->features());
  PartResult out;
  out.metrics = compression_json(curves, values);
  out.tables.push_back(compression_table(curves, values));
  for (const CodedRows& point : curves.model) {
    if (point.setting != kNamedStep) continue;
    out.text = fmt::format(
        "codes rounded to half a standard deviation take {:.4g} bits per row, {:.3g} per value: "
        "MSE {:.4g} (not rounded {:.4g})",
        point.bits, point.bits / values, point.mse, curves.mse);
    if (const auto pca = pca_mse(curves, point)) {
      out.text += fmt::format("; PCA with as many bits {:.4g}", *pca);
    }
    if (const auto jpeg = mse_at(rates_of(curves.jpeg), point.bits)) {
      out.text += fmt::format("; JPEG with as many bits {:.4g}", *jpeg);
    }
    out.text += "\n";
  }
  out.section = compression_section(rows, curves, values);
  return out;
}

}  // namespace

EvaluationPart compression() {
  return {"compression", "bits of rounded codes against error, beside PCA and, of images, JPEG",
          true, nullptr, compression_figures};
}

}  // namespace ae::parts
