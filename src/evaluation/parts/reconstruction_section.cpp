#include "evaluation/parts/reconstruction_section.h"

#include <spdlog/fmt/fmt.h>

#include <ATen/ops/cat.h>

#include <algorithm>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "data/step.h"
#include "engine/batch.h"
#include "report/page/histogram.h"
#include "report/page/html_table.h"
#include "report/page/image.h"
#include "report/picture.h"
#include "report/thumbnail.h"

namespace ae::parts {
namespace {

constexpr int64_t kListedFeatures = 20;
constexpr int64_t kListedRows = 10;

const Preprocessing& output_of(const EvaluatedRows& rows) {
  return rows.trained().info.preprocessing.output();
}

/// True if a row's values are pixels or samples of a signal rather than named columns.
bool are_drawn(const EvaluatedRows& rows) {
  return output_of(rows).feature_names().empty() && Picture::can_draw(output_of(rows).shape);
}

/// Picture of rows above their reconstructions.
std::string compared_rows(const EvaluatedRows& rows, const RowSet& some) {
  Autoencoder& model = *rows.trained().model;
  std::vector<at::Tensor> targets;
  std::vector<at::Tensor> decoded;
  rows.visit_rows(some, [&](const Batch& batch) {
    const ForwardContext context{.noise = &batch.noise(),
                                 .condition = model.condition(batch.labels())};
    targets.push_back(batch.target().cpu());
    decoded.push_back(
        model.reconstruct(model.encode(batch.input(), context).code(), batch.target(), context)
            .cpu());
  });
  return picture_of_lines({at::cat(targets), at::cat(decoded)}, output_of(rows).shape);
}

void add_pictures(const EvaluatedRows& rows, const ReportedErrors& errors, PageSection& section) {
  if (!are_drawn(rows)) return;
  const int64_t count = std::min(rows_in_line(output_of(rows).shape), rows.data().rows.count());
  RowSet worst{rows.data().rows.data, {}};
  for (int64_t i = 0; i < count; ++i) {
    const int64_t place = errors.places[static_cast<size_t>(i)];
    worst.rows.push_back(rows.data().rows.rows[static_cast<size_t>(place)]);
  }
  section.add<ImageFigure>("Rows and their reconstructions",
                           "Above: rows, evenly spaced over the set. Below: what the model makes "
                           "of each.",
                           compared_rows(rows, evenly_spaced(rows.data().rows, count)),
                           fmt::format("{} rows above their reconstructions", count));
  section.add<ImageFigure>(
      "Worst rows",
      "Rows of the largest reconstruction error: unlike the training rows, or of a kind that the "
      "code has no room for.",
      compared_rows(rows, worst),
      fmt::format("{} rows of the largest error above their reconstructions", count));
  if (!is_image(output_of(rows).shape)) return;
  const at::Tensor relative = errors.by_feature / errors.by_feature.max();
  section.add<ImageFigure>(
      "Error by pixel", "Mean squared error of each pixel; bright is large.",
      picture_of_lines({relative.to(at::kFloat).unsqueeze(0)}, output_of(rows).shape),
      "Picture of the mean squared error of each pixel");
}

/// Errors of the worst features of a table.
void add_features(const EvaluatedRows& rows, const ReportedErrors& errors, PageSection& section) {
  const std::vector<std::string>& names = output_of(rows).feature_names();
  if (names.empty()) return;
  const std::vector<double> by_feature = double_vector(errors.by_feature);
  std::vector<size_t> order(by_feature.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order,
                           [&](size_t a, size_t b) { return by_feature[a] > by_feature[b]; });
  order.resize(std::min<size_t>(order.size(), kListedFeatures));
  auto& table = section.add<TableFigure>(
      "Error by column",
      fmt::format("Columns of the largest mean squared error, in preprocessed units, at most {} of "
                  "{}: what the code does not hold.",
                  kListedFeatures, by_feature.size()),
      std::vector<std::string>{"column", "mse"});
  for (const size_t feature : order) {
    table.add({names[feature], fmt::format("{:.4g}", by_feature[feature])});
  }
}

}  // namespace

PageSection reconstruction_section(const EvaluatedRows& rows, const ReportedErrors& errors) {
  PageSection section{.title = "Reconstruction", .paragraphs = {}, .warnings = {}, .figures = {}};
  add_pictures(rows, errors, section);
  auto& histogram = section.add<Histogram>(
      "Error by row",
      "Squared error of a row, summed over its values. A long tail means that some rows are unlike "
      "the others.",
      AxisOptions{"squared error", Scale::log});
  histogram.add("model", double_vector(errors.by_row));
  // PCA with as many components as the rows have directions is exact: its errors are of rounding.
  constexpr double kRounding = 1e-9;
  if (errors.pca_by_row.sum().item<double>() > kRounding * errors.by_row.sum().item<double>()) {
    histogram.add("PCA", double_vector(errors.pca_by_row));
  }
  add_features(rows, errors, section);
  auto& table = section.add<TableFigure>("Worst rows, by number",
                                         "Rows of the largest error, by their numbers in the file "
                                         "from 0.",
                                         std::vector<std::string>{"row", "squared error"});
  for (size_t i = 0; i < std::min<size_t>(errors.places.size(), kListedRows); ++i) {
    const int64_t place = errors.places[i];
    table.add({std::to_string(rows.data().rows.rows[static_cast<size_t>(place)]),
               fmt::format("{:.5g}", errors.by_row[place].item<double>())});
  }
  return section;
}

}  // namespace ae::parts
