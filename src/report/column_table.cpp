#include "report/column_table.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <numeric>

#include "core/text.h"
#include "report/table.h"

namespace ae {
namespace {

constexpr size_t kShownColumns = 60;
constexpr size_t kShownCategories = 4;

/// The column's texts as the table has them; empty for an array.
const std::vector<std::string>* texts_of(const Splits& splits, size_t column) {
  const Features* features = splits.preprocessing.features.get();
  if (features == nullptr || features->table().empty()) return nullptr;
  return &features->table()[column].categories;
}

/// Categories with their numbers of rows, the most frequent first: "2: male 137, female 128".
std::string categories_text(const ColumnSummary& column, const std::vector<std::string>& texts) {
  std::vector<size_t> order(column.frequencies.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return column.frequencies[a] > column.frequencies[b];
  });
  std::vector<std::string> shown;
  for (size_t i = 0; i < std::min(order.size(), kShownCategories); ++i) {
    shown.push_back(
        fmt::format("{} {}", texts.at(order[i]), grouped(column.frequencies[order[i]])));
  }
  if (order.size() > shown.size()) shown.emplace_back("…");
  return fmt::format("{}: {}", texts.size(), join(shown));
}

std::string note_text(const ColumnSummary& column, int64_t rows) {
  std::vector<std::string> notes;
  if (column.is_constant()) notes.emplace_back("constant");
  if (column.type == ColumnType::numeric && column.whole && column.low == 0 && column.high == 1) {
    notes.emplace_back("0 and 1 only: may be \"boolean\"");
  }
  if (column.sentinels > 0) {
    notes.push_back(fmt::format("{:g} {} times: missing?", column.sentinel, column.sentinels));
  }
  if (column.counts) notes.emplace_back("counts up: an id?");
  if (column.gaps * 2 > rows) notes.emplace_back("mostly missing");
  return join(notes, "; ");
}

/// Options that change what the table says.
std::string remedies_text(const Splits& splits) {
  const std::string example =
      splits.columns.empty() ? std::string("name") : splits.columns.front().name;
  return fmt::format(
      "to change this: \"data\": {{\"types\": {{\"{}\": \"categorical\"}}, "
      "\"train\": {{\"exclude\": [\"{}\"]}}, \"missing\": \"mask\", "
      "\"preprocessing\": [\"robust\"]}}",
      example, example);
}

}  // namespace

std::string column_table(const Splits& splits) {
  const std::vector<ColumnSummary>& columns = splits.columns;
  const bool table_file = splits.train.data->info.has_header.has_value();
  if (columns.empty() || !table_file) return "";
  Table table({"column", "type", "values", "mean", "spread", "missing", "note"});
  for (size_t i = 0; i < std::min(columns.size(), kShownColumns); ++i) {
    const ColumnSummary& column = columns[i];
    const std::string type(column_type_names()[static_cast<size_t>(column.type)]);
    const std::string missing = column.gaps == 0 ? "" : grouped(column.gaps);
    const auto* texts = texts_of(splits, i);
    if (column.type != ColumnType::numeric && texts != nullptr) {
      table.add({column.name, type, categories_text(column, *texts), "", "", missing,
                 note_text(column, column.values + column.gaps)});
      continue;
    }
    table.add({column.name, type, fmt::format("{:.6g} to {:.6g}", column.low, column.high),
               fmt::format("{:.4g}", column.mean), fmt::format("{:.4g}", column.spread), missing,
               note_text(column, column.values + column.gaps)});
  }
  std::string text = table.text();
  if (columns.size() > kShownColumns) {
    text +=
        fmt::format("… and {} columns more (all with --json)\n", columns.size() - kShownColumns);
  }
  return text + remedies_text(splits);
}

Json columns_json(const Splits& splits) {
  Json all = Json::array();
  for (size_t i = 0; i < splits.columns.size(); ++i) {
    const ColumnSummary& column = splits.columns[i];
    Json json = {{"name", column.name},
                 {"type", column_type_names()[static_cast<size_t>(column.type)]},
                 {"missing", column.gaps}};
    const auto* texts = texts_of(splits, i);
    if (column.type != ColumnType::numeric && texts != nullptr) {
      Json categories = Json::object();
      for (size_t k = 0; k < column.frequencies.size(); ++k) {
        categories[texts->at(k)] = column.frequencies[k];
      }
      json["categories"] = categories;
    } else {
      json["low"] = column.low;
      json["high"] = column.high;
      json["mean"] = column.mean;
      json["spread"] = column.spread;
    }
    all.push_back(json);
  }
  return all;
}

}  // namespace ae
