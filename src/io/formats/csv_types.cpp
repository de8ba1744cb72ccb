#include "io/formats/csv_types.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "core/error.h"
#include "core/text.h"
#include "io/formats/column_match.h"
#include "io/formats/csv_non_number.h"
#include "io/formats/csv_number.h"
#include "io/quote.h"

namespace ae {
namespace {

/// True for a date or time: 2024-01-31, 31.1.2024, 1/31/24, 12:30, with or without more after it.
bool looks_like_date(std::string_view cell) {
  size_t at = 0;
  std::array<size_t, 3> digits = {0, 0, 0};
  char separator = 0;
  for (size_t part = 0; part < digits.size(); ++part) {
    while (at < cell.size() && std::isdigit(static_cast<unsigned char>(cell[at])))
      ++digits.at(part), ++at;
    if (digits.at(part) == 0 || digits.at(part) > 4) return false;
    if (part == 1 && separator == ':') return digits[0] <= 2 && digits[1] == 2;
    if (part == 2) break;
    if (at == cell.size()) return false;
    const char found = cell[at++];
    const bool separates = found == '-' || found == '/' || found == '.' || found == ':';
    if (!separates || (separator != 0 && found != separator)) return false;
    separator = found;
  }
  const bool ends = at == cell.size() || cell[at] == ' ' || cell[at] == 'T';
  return ends && (digits[0] == 4 || digits[2] == 4 || digits[2] == 2);
}

/// What the cells of a column are, gaps left out.
struct CellCounts {
  std::vector<std::string_view> cells;
  size_t numbers = 0;
  size_t booleans = 0;
  size_t dates = 0;
  size_t texts = 0;                 // neither
  const CsvRecord* text = nullptr;  // the first that is no number
  size_t all() const { return numbers + booleans + dates + texts; }
};

CellCounts count_cells(std::span<const CsvRecord> sample, size_t column,
                       const MissingTexts& missing, char decimal) {
  CellCounts counts;
  for (const CsvRecord& record : sample) {
    if (column >= record.fields.size()) continue;
    const std::string& cell = record.fields[column];
    if (missing.contains(cell)) continue;
    counts.cells.push_back(cell);
    if (parse_double(cell, decimal)) {
      ++counts.numbers;
      continue;
    }
    if (counts.text == nullptr) counts.text = &record;
    if (boolean_of(cell)) {
      ++counts.booleans;
    } else if (looks_like_date(cell)) {
      ++counts.dates;
    } else {
      ++counts.texts;
    }
  }
  return counts;
}

ColumnType type_of(const std::filesystem::path& path, const std::string& name, size_t column,
                   const CellCounts& counts) {
  if (counts.numbers == counts.all()) return ColumnType::numeric;
  const std::string& text = counts.text->fields[column];
  if (counts.dates == counts.all()) {
    throw data_error(
        "{}: column {}: dates and times are not read ({}); leave it out with data.train.exclude, "
        "name it as data.train.ids, or write it as a number",
        path.string(), quote(name), quote(text));
  }
  if (counts.numbers * 2 >= counts.all()) {
    throw data_error(
        "{}: line {}, column {}: text {} among numbers; if it stands for a missing value, list it "
        "in data.missing.values; for categories set data.types: {{{}: \"categorical\"}}; or leave "
        "the column out with data.train.exclude",
        path.string(), counts.text->line, quote(name), quote(text), quote(name));
  }
  return counts.booleans == counts.all() ? ColumnType::boolean : ColumnType::categorical;
}

const TableColumn* known_column(const TableRequest& request, const CsvColumns& columns,
                                size_t index, size_t position) {
  const auto found =
      std::find_if(request.known.begin(), request.known.end(), [&](const TableColumn& known) {
        return columns.has_header ? known.name == columns.names[index]
                                  : known.number == static_cast<int64_t>(index) + 1;
      });
  if (found != request.known.end()) return &*found;
  // A file of the data columns alone.
  if (!columns.has_header && columns.data.size() == request.known.size()) {
    return &request.known[position];
  }
  return nullptr;
}

std::vector<std::optional<ColumnType>> declared_types(const std::filesystem::path& path,
                                                      const CsvColumns& columns,
                                                      const TableRequest& request) {
  std::vector<std::optional<ColumnType>> declared(columns.names.size());
  for (const auto& [name, type] : request.types) {
    const std::vector<size_t> named = columns_named(name, columns.names);
    if (named.empty()) {
      throw data_error("{}: data.types names {}, but no column is called so{}", path.string(),
                       quote(name), did_you_mean(name, columns.names));
    }
    for (const size_t column : named) declared[column] = type;
  }
  return declared;
}

}  // namespace

MissingTexts::MissingTexts(const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  texts_.insert(texts.begin(), texts.end());
  texts_.insert("");
  for (const std::string& text : texts) {
    if (const auto number = parse_double(text)) numbers_.push_back(*number);
  }
}

bool MissingTexts::contains(std::string_view cell) const {
  return texts_.empty() ? is_missing_text(cell) : texts_.contains(std::string(cell));
}

bool MissingTexts::contains(double value) const {
  return std::find(numbers_.begin(), numbers_.end(), value) != numbers_.end();
}

std::vector<TableColumn> table_columns(const std::filesystem::path& path, const CsvColumns& columns,
                                       std::span<const CsvRecord> sample,
                                       const TableRequest& request, char decimal) {
  const MissingTexts missing(request.missing);
  const auto declared = request.typed ? declared_types(path, columns, request)
                                      : std::vector<std::optional<ColumnType>>();
  std::vector<TableColumn> table;
  for (size_t i = 0; i < columns.data.size(); ++i) {
    const size_t index = columns.data[i];
    TableColumn column{.name = columns.names[index], .number = static_cast<int64_t>(index) + 1};
    column.format.decimal = decimal;
    const TableColumn* known = known_column(request, columns, index, i);
    if (known != nullptr) {
      column.type = known->type;
      column.categories = known->categories;
    } else if (request.typed && declared[index]) {
      column.type = *declared[index];
    }
    const bool is_open = request.typed && known == nullptr && !declared[index];
    if (is_open || (request.typed && column.type == ColumnType::numeric)) {
      const CellCounts counts = count_cells(sample, index, missing, decimal);
      const auto format = detect_number_format(counts.cells, decimal);
      if (format) column.format = *format;
      if (is_open && !format) column.type = type_of(path, column.name, index, counts);
    }
    if (column.type == ColumnType::boolean && column.categories.empty()) {
      column.categories = {"false", "true"};
    }
    table.push_back(std::move(column));
  }
  return table;
}

}  // namespace ae
