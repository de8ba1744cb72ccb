#include "io/formats/csv_columns.h"

#include <algorithm>
#include <unordered_map>

#include "core/error.h"
#include "core/text.h"
#include "core/utf8.h"
#include "io/formats/column_match.h"
#include "io/formats/csv_number.h"
#include "io/formats/csv_number_format.h"
#include "io/formats/labels.h"
#include "io/quote.h"

namespace ae {
namespace {

/// True for a number with the decimal mark that the request has by now, with a unit or without.
bool is_number(const std::string& field, const RowRequest& request) {
  const std::string_view cell = field;
  const char decimal = request.dialect.decimal.value_or('.');
  return parse_double(cell, decimal) ||
         (!cell.empty() && detect_number_format({&cell, 1}, decimal).has_value());
}

std::vector<std::string> requested_names(const RowRequest& request) {
  std::vector<std::string> names = request.columns;
  names.insert(names.end(), request.exclude.begin(), request.exclude.end());
  names.insert(names.end(), request.texts.begin(), request.texts.end());
  if (!request.label_column.empty()) names.push_back(request.label_column);
  return names;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// True for 0, 1, 2, …: the header that pandas writes for unnamed columns.
bool counts_up(const std::vector<std::string>& fields) {
  constexpr size_t kMin = 4;  // fewer may be a row of data
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i] != std::to_string(i)) return false;
  }
  return fields.size() >= kMin;
}

/// True if a column, known by its number only, is to be read as data.
bool is_data(size_t index, const RowRequest& request) {
  const std::string number = std::to_string(index + 1);
  const bool by_number = std::all_of(request.columns.begin(), request.columns.end(),
                                     [](const auto& name) { return whole_number(name); });
  if (!request.columns.empty()) return !by_number || contains(request.columns, number);
  return number != request.label_column && !contains(request.exclude, number);
}

bool is_header(const std::filesystem::path& path, const CsvRecord& first,
               const std::optional<CsvRecord>& second, const RowRequest& request) {
  if (request.header != Header::automatic) return request.header == Header::present;
  const std::vector<std::string> requested = requested_names(request);
  bool all_numbers = true;
  bool any_number = false;
  bool text_is_no_data = true;  // by number, as the label or excluded
  bool same_kinds = second && second->fields.size() == first.fields.size();
  for (size_t i = 0; i < first.fields.size(); ++i) {
    const bool number = is_number(first.fields[i], request);
    all_numbers = all_numbers && number;
    any_number = any_number || number;
    if (!number && !first.fields[i].empty() && contains(requested, first.fields[i])) return true;
    if (!number && is_data(i, request)) text_is_no_data = false;
    same_kinds = same_kinds && second && number == is_number(second->fields[i], request);
  }
  if (all_numbers) return counts_up(first.fields);
  if (text_is_no_data) return false;
  if (any_number && same_kinds) {
    const auto text =
        std::find_if_not(first.fields.begin(), first.fields.end(),
                         [&](const std::string& field) { return is_number(field, request); });
    throw data_error(
        "{}: line {} may be a header or a row: column {} is text ({}) there and below,"
        " others are numbers; add a header line, or name the text columns by number as"
        " labels or exclude (\"{}\")",
        path.string(), first.line, text - first.fields.begin() + 1, quote(*text),
        text - first.fields.begin() + 1);
  }
  return true;
}

class ColumnFinder {
 public:
  ColumnFinder(const std::filesystem::path& path, const CsvColumns& columns)
      : path_(path), columns_(columns) {
    std::unordered_map<std::string, size_t> index;
    for (size_t i = 0; i < columns.names.size(); ++i) {
      if (!is_utf8(columns.names[i])) {
        throw data_error("{}: the name of column {} is not UTF-8; save the file as UTF-8",
                         path.string(), i + 1);
      }
      const auto [at, is_new] = index.emplace(columns.names[i], i);
      if (!is_new) {
        throw data_error(
            "{}: columns {} and {} are both called {}; expected unique names;"
            " rename one",
            path.string(), at->second + 1, i + 1, quote(columns.names[i]));
      }
    }
  }

  /// Columns of a name, a number or a pattern.
  std::vector<size_t> find_all(const std::string& name, const char* role) const {
    std::vector<size_t> found = columns_named(name, columns_.names);
    if (!found.empty()) return found;
    if (!columns_.has_header) {
      throw data_error(
          "{}: has no header line, so no {} {}; name columns by their number (\"1\" to"
          " \"{}\"), or add a header line",
          path_.string(), role, quote(name), columns_.names.size());
    }
    throw data_error("{}: has no {} {}{}; its columns: {}; a number from 1 to {} also names one",
                     path_.string(), role, quote(name), did_you_mean(name, suggestions()),
                     names_listing(columns_.names), columns_.names.size());
  }

  /// The column of a name or a number. @param role  for messages: "label column"
  size_t find(const std::string& name, const char* role) const {
    const std::vector<size_t> found = find_all(name, role);
    if (found.size() == 1) return found.front();
    throw data_error("{}: {} columns match the {} {}; expected one", path_.string(), found.size(),
                     role, quote(name));
  }

 private:
  /// Candidates for a suggestion: printable and short names, and not too many to compare.
  std::vector<std::string> suggestions() const {
    constexpr size_t kMaxNames = 1000;
    constexpr size_t kMaxBytes = 64;
    std::vector<std::string> names;
    for (const std::string& name : columns_.names) {
      if (names.size() == kMaxNames) break;
      const bool printable = std::none_of(
          name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
      if (printable && name.size() <= kMaxBytes) names.push_back(name);
    }
    return names;
  }

  const std::filesystem::path& path_;
  const CsvColumns& columns_;
};

void choose_data(const std::filesystem::path& path, const ColumnFinder& finder,
                 const RowRequest& request, CsvColumns& columns) {
  std::vector<bool> taken(columns.names.size(), false);
  if (columns.label) taken[*columns.label] = true;
  if (!columns.has_header && request.columns.size() == columns.names.size()) {
    // A file of the data columns alone, like one whose other columns were left out.
    for (size_t i = 0; i < columns.names.size(); ++i) columns.data.push_back(i);
    return;
  }
  if (!request.columns.empty()) {
    for (const std::string& name : request.columns) {
      for (const size_t column : finder.find_all(name, "column")) {
        if (taken[column]) {
          if (is_pattern(name)) continue;
          throw data_error(
              "{}: column {} is requested twice, or as data and as label; expected each"
              " once",
              path.string(), quote(name));
        }
        taken[column] = true;
        columns.data.push_back(column);
      }
    }
    return;
  }
  for (const std::string& name : request.exclude) {
    for (const size_t column : finder.find_all(name, "column")) taken[column] = true;
  }
  for (size_t i = 0; i < columns.names.size(); ++i) {
    if (taken[i]) continue;
    if (columns.names[i].empty()) {
      throw data_error(
          "{}: column {} has no name (an index written by pandas?); name it, or"
          " leave it out: \"exclude\": [\"\"]",
          path.string(), i + 1);
    }
    columns.data.push_back(i);
  }
  if (columns.data.empty()) {
    throw data_error(
        "{}: no data columns are left of {} without the label and the excluded ones;"
        " expected at least one",
        path.string(), columns.names.size());
  }
}

}  // namespace

std::vector<std::string> CsvColumns::data_names() const {
  std::vector<std::string> chosen;
  if (!has_header) return chosen;
  for (const size_t column : data) chosen.push_back(names[column]);
  return chosen;
}

CsvColumns csv_columns(const std::filesystem::path& path, const CsvRecord& first,
                       const std::optional<CsvRecord>& second, const RowRequest& request) {
  CsvColumns columns;
  columns.has_header = is_header(path, first, second, request);
  for (size_t i = 0; i < first.fields.size(); ++i) {
    columns.names.push_back(columns.has_header ? first.fields[i] : std::to_string(i + 1));
  }
  const ColumnFinder finder(path, columns);
  if (!request.label_column.empty()) {
    columns.label = finder.find(request.label_column, "label column");
  }
  for (const std::string& name : request.texts) {
    for (const size_t column : finder.find_all(name, "column")) {
      columns.texts.push_back(column);
      columns.text_names.push_back(is_pattern(name) ? columns.names[column] : name);
    }
  }
  choose_data(path, finder, request, columns);
  return columns;
}

}  // namespace ae
