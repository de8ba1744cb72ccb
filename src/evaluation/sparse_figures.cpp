#include "evaluation/sparse_figures.h"

#include <spdlog/fmt/fmt.h>

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "core/text.h"
#include "engine/batch.h"
#include "evaluation/decoder_atoms.h"
#include "evaluation/pictured_rows.h"
#include "report/page/histogram.h"
#include "report/page/html_table.h"
#include "report/page/markup.h"
#include "report/picture.h"

namespace ae {
namespace {

constexpr int64_t kShownLatents = 24;
constexpr int64_t kAtomsInLine = 8;
constexpr int64_t kNamedFeatures = 5;

void add_distributions(const SparseCodes& codes, PageSection& section) {
  if (!codes.has_exact_zeros()) {
    section
        .add<Histogram>("Mean activation by latent",
                        "Latents by the mean absolute value of their code over all rows: a sparse "
                        "latent's is small.",
                        AxisOptions{"mean absolute activation"})
        .add("latents", codes.activity.mean_magnitude());
    section
        .add<Histogram>("Share of rows near zero by latent",
                        "Latents by the share of rows in which their code is below 1 % of its "
                        "greatest absolute value: a sparse latent's is near 1.",
                        AxisOptions{"share of rows near zero"})
        .add("latents", codes.near_zero);
    return;
  }
  const std::vector<double> density = codes.activity.density();
  const auto dead = std::ranges::count(density, 0.0);
  section
      .add<Histogram>(
          "Density of latents",
          fmt::format("Latents by the share of rows in which they are active; {} of {} are dead, "
                      "never active in these rows. Latents that are active in most rows, and those "
                      "hardly ever active, say little.",
                      dead, density.size()),
          AxisOptions{"density", Scale::log})
      .add("latents", density);
  section
      .add<Histogram>("Active latents by row (L0)",
                      "Rows by the number of latents that are active in them: how many a row needs "
                      "to be told.",
                      AxisOptions{"active latents"})
      .add("rows", codes.activity.active_in_row());
}

std::string listed_latents(const std::vector<int64_t>& latents) {
  std::vector<std::string> names;
  for (const int64_t latent : latents) names.push_back(std::to_string(latent));
  return join(names);
}

/// The features of the largest weights, "width +0.21, height -0.1".
std::string largest_weights(const at::Tensor& atom, const std::vector<std::string>& names) {
  const at::Tensor order = atom.abs().argsort(/*dim=*/0, /*descending=*/true);
  std::vector<std::string> parts;
  for (int64_t i = 0; i < std::min(kNamedFeatures, order.size(0)); ++i) {
    const auto feature = order[i].item<int64_t>();
    const auto weight = atom[feature].item<double>();
    parts.push_back(fmt::format(
        "{} {}{}", names.empty() ? std::to_string(feature) : names[static_cast<size_t>(feature)],
        weight < 0 ? "" : "+", short_number(weight)));
  }
  return join(parts);
}

void add_atoms(const EvaluatedRows& rows, const SparseCodes& codes,
               const std::vector<int64_t>& latents, PageSection& section) {
  const Preprocessing& output = rows.trained().info.preprocessing.output();
  const at::Tensor atoms = decoder_atoms(rows.trained(), latents,
                                         codes.has_exact_zeros() ? codes.activity.mean_when_active()
                                                                 : codes.activity.mean_magnitude());
  if (draws_rows(output)) {
    const at::Tensor scale = atoms.abs().amax(1, /*keepdim=*/true).clamp_min(1e-30);
    add_picture(
        output.shape, atoms / scale, kAtomsInLine,
        {"Atoms",
         fmt::format("What a latent adds to the decoder's output at its mean activation, "
                     "each by its own greatest value; {}. Line by line, latents {}, evenly "
                     "spaced from the most to the least active.",
                     is_image(output.shape) ? "white adds, black takes away" : "the middle is 0",
                     listed_latents(latents)),
         "Grid of decoder atoms"},
        section, std::pair(-1.0, 1.0));
    return;
  }
  auto& table = section.add<TableFigure>(
      "Atoms",
      "The features that a latent changes most in the decoder's output, at its mean activation and "
      "in the model's scale: what the latent stands for.",
      std::vector<std::string>{"latent", "features of the largest weights"});
  for (size_t i = 0; i < latents.size(); ++i) {
    table.add({std::to_string(latents[i]),
               largest_weights(atoms[static_cast<int64_t>(i)], output.feature_names())});
  }
}

/// Lines of `across` rows of the file, blank where a line has fewer.
at::Tensor gathered_lines(const EvaluatedRows& rows,
                          const std::vector<std::vector<LatentActivity::ExcitingRow>>& lines,
                          int64_t across) {
  RowSet set{rows.data().rows.data, {}};
  std::vector<int64_t> places;
  for (size_t line = 0; line < lines.size(); ++line) {
    for (size_t i = 0; i < lines[line].size(); ++i) {
      set.rows.push_back(lines[line][i].row);
      places.push_back(static_cast<int64_t>(line) * across + static_cast<int64_t>(i));
    }
  }
  at::Tensor out;
  size_t done = 0;
  rows.visit_rows(set, [&](const Batch& batch) {
    const at::Tensor& input = batch.input();
    if (!out.defined()) {
      out = at::zeros({static_cast<int64_t>(lines.size()) * across, input.size(1)}, at::kFloat);
    }
    for (int64_t i = 0; i < input.size(0); ++i) out[places[done++]].copy_(input[i]);
  });
  return out;
}

void add_exciting(const EvaluatedRows& rows, const SparseCodes& codes,
                  const std::vector<int64_t>& latents, PageSection& section) {
  const Preprocessing& input = rows.trained().info.preprocessing;
  std::vector<std::vector<LatentActivity::ExcitingRow>> lines;
  size_t across = 1;
  for (const int64_t latent : latents) {
    lines.push_back(codes.activity.exciting(latent));
    across = std::max(across, lines.back().size());
  }
  const auto most = static_cast<size_t>(most_pictured(input.shape));
  if (draws_rows(input) && most >= across) {
    lines.resize(std::min(lines.size(), most / across));
    const std::vector<int64_t> shown(latents.begin(),
                                     latents.begin() + static_cast<std::ptrdiff_t>(lines.size()));
    add_picture(input.shape, gathered_lines(rows, lines, static_cast<int64_t>(across)),
                static_cast<int64_t>(across),
                {"Rows that excite a latent most",
                 fmt::format("A line for each latent, of the rows with its greatest activations, "
                             "the greatest first: what they have in common is what the latent "
                             "stands for. From the top, latents {}.",
                             listed_latents(shown)),
                 "Lines of rows, one for each latent"},
                section);
    return;
  }
  auto& table = section.add<TableFigure>(
      "Rows that excite a latent most",
      "Numbers of the rows with a latent's greatest activations, counted from 0 in the file: what "
      "they have in common is what the latent stands for.",
      std::vector<std::string>{"latent", "rows"});
  for (size_t i = 0; i < latents.size(); ++i) {
    std::vector<std::string> numbers;
    for (const auto& row : lines[i]) numbers.push_back(std::to_string(row.row));
    table.add({std::to_string(latents[i]), join(numbers)});
  }
}

}  // namespace

void add_sparse_figures(const EvaluatedRows& rows, const SparseCodes& codes, PageSection& section) {
  add_distributions(codes, section);
  const int64_t most = most_pictured(rows.trained().info.preprocessing.output().shape);
  const std::vector<int64_t> latents =
      spread_by_activity(codes.ranking(), std::min(kShownLatents, most));
  if (latents.empty()) return;
  add_atoms(rows, codes, latents, section);
  add_exciting(rows, codes, latents, section);
}

}  // namespace ae
