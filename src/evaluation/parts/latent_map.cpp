#include "evaluation/latent_map.h"

#include <spdlog/fmt/fmt.h>

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/text.h"
#include "evaluation/embedding_quality.h"
#include "evaluation/mapped_rows.h"
#include "evaluation/part.h"
#include "evaluation/umap.h"
#include "report/page/scatter.h"
#include "report/sprites.h"

namespace ae::parts {
namespace {

constexpr size_t kMostSheetBytes = 1'400'000;  // a third more in the page
constexpr size_t kMostLabelBytes = 40;         // of a text in the page
constexpr int64_t kJudgedRows = 5000;          // of trustworthiness, which compares all pairs
constexpr int64_t kJudgedNeighbours = 15;

/// Trustworthiness of the map for some of the codes; nothing of few.
std::optional<double> trust_in(const at::Tensor& coordinates, const at::Tensor& codes,
                               int threads) {
  const int64_t step = (codes.size(0) + kJudgedRows - 1) / kJudgedRows;
  const auto some = [&](const at::Tensor& all) { return all.slice(0, 0, all.size(0), step); };
  const auto quality =
      embedding_quality(some(codes), some(coordinates), kJudgedNeighbours, threads);
  return quality ? std::optional(quality->trustworthiness) : std::nullopt;
}

/// The text of a label, without the end of a long one.
std::string shown_label(const std::string& text) {
  if (text.size() <= kMostLabelBytes) return text;
  size_t end = kMostLabelBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // UTF-8
  return fmt::format("{}…", text.substr(0, end));
}

std::string caption_of(const LatentMap& map, const MappedRows& rows, int64_t pictures) {
  std::string text = "Each point is a row at its code: rows that lie close are alike to the model";
  if (map.kind == "PCA") {
    text = fmt::format(
        "Each point is a row at the projection of its code on two axes that hold {:.1f} % of the "
        "codes' variance: rows that lie close may differ along the others",
        100 * (map.explained[0] + map.explained[1]));
  } else if (map.kind == "UMAP") {
    text =
        "Each point is a row; rows with codes that are neighbours lie close, while distances "
        "between groups and the sizes of groups mean little";
  }
  if (rows.set.has_labels()) text += "; labels that lie apart can be told by the codes";
  if (pictures > 0) {
    text += fmt::format(". {} show their pictures under the pointer",
                        pictures < rows.set.count() ? grouped(pictures) + " of the rows" : "Rows");
  }
  return text + ".";
}

void add_plot(const LatentMap& map, const MappedRows& rows, PageSection& section) {
  std::shared_ptr<const SpriteSheet> pictures;
  if (rows.images.defined()) {
    pictures = std::make_shared<const SpriteSheet>(sprite_sheet(rows.images, kMostSheetBytes));
  }
  const at::Tensor order = at::tensor(at::ArrayRef<int64_t>(rows.order), at::kLong);
  const at::Tensor x = map.coordinates.select(1, 0).index_select(0, order);
  const at::Tensor y = map.coordinates.select(1, 1).index_select(0, order);
  const auto count = rows.order.size();
  auto& plot = section.add<ScatterPlot>(
      fmt::format("Codes of {} rows: {}", grouped(rows.set.count()), map.kind),
      caption_of(map, rows, pictures ? pictures->count : 0), AxisOptions{.label = map.x_label},
      AxisOptions{.label = map.y_label}, std::span(x.const_data_ptr<double>(), count),
      std::span(y.const_data_ptr<double>(), count));
  for (const int64_t place : rows.order) {
    const int64_t row = rows.set.rows[static_cast<size_t>(place)];
    plot.rows.push_back(row);
    if (rows.set.has_labels()) plot.labels.push_back(shown_label(rows.set.data->labels.text(row)));
  }
  plot.pictures = std::move(pictures);
}

PartTable map_table(const LatentMap& map, const RowSet& set) {
  PartTable table{"latent_map", {"row", "x", "y"}, {}};
  if (set.has_labels()) table.columns.emplace_back("label");
  for (int64_t i = 0; i < set.count(); ++i) {
    const int64_t row = set.rows[static_cast<size_t>(i)];
    std::vector<std::string> cells = {std::to_string(row)};
    for (int64_t axis = 0; axis < 2; ++axis) {
      cells.push_back(fmt::format("{:.9g}", map.coordinates[i][axis].item<double>()));
    }
    if (set.has_labels()) cells.push_back(set.data->labels.text(row));
    table.rows.push_back(std::move(cells));
  }
  return table;
}

PartResult latent_map_figures(const EvaluatedRows& rows) {
  const MappedRows mapped = mapped_rows(rows);
  if (!mapped.codes.isfinite().all().item<bool>()) {
    throw data_error("codes of the {} rows are not all finite, so they have no map",
                     rows.data().name);
  }
  const PartOptions& options = rows.options();
  const LatentMap map = ae::latent_map(
      mapped.codes, {.umap = options.umap,
                     .seed = static_cast<uint64_t>(rows.trained().info.experiment.seed),
                     .threads = options.threads,
                     .second = mapped.errors,
                     .second_label = "squared error of the reconstruction"});
  PartResult out;
  out.metrics = {{"kind", map.kind}, {"rows", mapped.set.count()}};
  out.text = fmt::format("map of {} codes by {}", grouped(mapped.set.count()), map.kind);
  if (!map.explained.empty()) {
    out.metrics["explained_variance_ratio"] = map.explained;
    out.text +=
        fmt::format(", {:.1f} % of their variance", 100 * (map.explained[0] + map.explained[1]));
  }
  const auto trust = map.kind == "latents"
                         ? std::nullopt
                         : trust_in(map.coordinates, mapped.codes, options.threads);
  if (trust) {
    out.metrics["trustworthiness"] = *trust;
    out.metrics["neighbours"] = kJudgedNeighbours;
    out.text += fmt::format(", trustworthiness {:.4f} ({} neighbours)", *trust, kJudgedNeighbours);
  }
  out.text += "\n";
  out.section.title = "Latent space map";
  if (options.umap && !has_umap()) {
    constexpr const char* kRemedy =
        "this build has no UMAP: run scripts/setup.sh, which installs its headers (assorthead "
        "0.2.2), and build again";
    out.metrics["umap"] = {{"unavailable", kRemedy}};
    out.text += fmt::format("{}\n", kRemedy);
    out.section.warnings.emplace_back(kRemedy);
  }
  add_plot(map, mapped, out.section);
  out.tables.push_back(map_table(map, mapped.set));
  return out;
}

}  // namespace

EvaluationPart latent_map() {
  return {"latent_map",
          "map of the codes in two dimensions: the latents themselves, their principal axes, or on "
          "request UMAP",
          true, nullptr, latent_map_figures};
}

}  // namespace ae::parts
