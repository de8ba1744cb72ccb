#include "io/formats/csv_cells.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/text.h"
#include "core/utf8.h"
#include "io/formats/csv_non_number.h"
#include "io/formats/csv_number.h"
#include "io/quote.h"

namespace ae {
namespace {

constexpr double kGap = std::numeric_limits<double>::quiet_NaN();

}  // namespace

CsvCells::CsvCells(std::vector<TableColumn>& table, const RowRequest& request,
                   const CsvDialect& dialect)
    : table_(table),
      dialect_(dialect),
      missing_(request.table.missing),
      gaps_(request.delivery.gaps == Gaps::deliver),
      known_(!request.table.known.empty()),
      unknown_as_gap_(request.table.unknown_as_gap),
      offset_(request.delivery.offset),
      codes_(table.size()) {
  for (size_t i = 0; i < table.size(); ++i) {
    if (table[i].type != ColumnType::categorical) continue;
    for (const std::string& text : table[i].categories) codes_[i].emplace(text, codes_[i].size());
  }
}

double CsvCells::convert(size_t column, std::string_view cell, Problem& problem) {
  switch (table_[column].type) {
    case ColumnType::numeric:
      return number_of(column, cell, problem);
    case ColumnType::boolean:
      return boolean_value(column, cell, problem);
    case ColumnType::categorical:
      return category_of(column, cell, problem);
  }
  return kGap;
}

double CsvCells::gap(Problem& problem) const {
  if (!gaps_) problem = Problem::gap;
  return kGap;
}

double CsvCells::number_of(size_t column, std::string_view cell, Problem& problem) const {
  const NumberFormat& format = table_[column].format;
  const auto value =
      format.is_plain() ? parse_double(cell, format.decimal) : parse_number(cell, format);
  if (!value || std::isnan(*value)) {
    if (missing_.contains(cell)) return gap(problem);
    problem = Problem::not_a_number;
    return kGap;
  }
  if (missing_.contains(*value)) return gap(problem);
  const double shifted = *value - offset_;
  if (!std::isfinite(static_cast<float>(shifted))) problem = Problem::not_a_number;
  return shifted;
}

double CsvCells::boolean_value(size_t column, std::string_view cell, Problem& problem) {
  std::optional<bool> value = boolean_of(cell);
  const std::optional<double> number = value ? std::nullopt : parse_double(cell);
  if (number && (*number == 0 || *number == 1)) value = *number == 1;
  if (value) {
    std::string& text = table_[column].categories[*value ? 1 : 0];
    if (!known_ && text != cell) text = cell;
    return *value ? 1 : 0;
  }
  if (missing_.contains(cell)) return gap(problem);
  problem = Problem::not_a_number;
  return kGap;
}

double CsvCells::category_of(size_t column, std::string_view cell, Problem& problem) {
  auto& codes = codes_[column];
  const auto found = codes.find(cell);
  if (found != codes.end()) return static_cast<double>(found->second);
  if (missing_.contains(cell)) return gap(problem);
  if (known_) {
    if (!unknown_as_gap_) problem = Problem::unknown_category;
    return kGap;
  }
  if (!is_utf8(cell)) {
    problem = Problem::not_a_number;
    return kGap;
  }
  if (codes.size() == kMaxCategories || cell.size() > kMaxCategoryBytes) {
    problem = Problem::too_many_categories;
    return kGap;
  }
  const size_t code = codes.size();
  table_[column].categories.emplace_back(cell);
  codes.emplace(cell, code);
  return static_cast<double>(code);
}

std::string CsvCells::explain(size_t column, std::string_view cell, Problem problem) const {
  const TableColumn& known = table_[column];
  switch (problem) {
    case Problem::none:
      break;
    case Problem::gap:
      return missing_text(cell);
    case Problem::unknown_category: {
      std::vector<std::string> shown;
      for (size_t i = 0; i < std::min<size_t>(8, known.categories.size()); ++i) {
        shown.push_back(quote(known.categories[i]));
      }
      if (known.categories.size() > shown.size()) shown.emplace_back("…");
      return fmt::format(
          "category {} is none of the training rows'{}; they have {}; set "
          "data.missing.unknown_categories to true to read it as a gap",
          quote(cell), did_you_mean(std::string(cell), known.categories), join(shown));
    }
    case Problem::too_many_categories:
      if (cell.size() > kMaxCategoryBytes) {
        return fmt::format(
            "a text of {} bytes, {}; expected at most {} for a category; leave the column out with "
            "data.train.exclude",
            grouped(static_cast<int64_t>(cell.size())), quote(cell), grouped(kMaxCategoryBytes));
      }
      return fmt::format(
          "more than {} different texts, the last {}; a column of ids belongs in data.train.ids, "
          "other text in data.train.exclude",
          grouped(kMaxCategories), quote(cell));
    case Problem::not_a_number:
      if (known.type == ColumnType::categorical) {
        return fmt::format("{} is not UTF-8; save the file as UTF-8", quote(cell));
      }
      if (known.type == ColumnType::boolean) {
        return fmt::format(
            "text {}; expected true or false, as above it; for more than two texts set data.types: "
            "{{{}: \"categorical\"}}",
            quote(cell), quote(known.name));
      }
      return non_number_text(cell, dialect_);
  }
  return {};
}

}  // namespace ae
