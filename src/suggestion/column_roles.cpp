#include "suggestion/column_roles.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "core/error.h"
#include "core/text.h"
#include "io/formats/csv_number.h"

namespace ae {
namespace {

constexpr size_t kFewRows = 20;         // below, values may differ by chance
constexpr size_t kMaxClasses = 50;      // of a label
constexpr size_t kMaxCategories = 100;  // of a data column
constexpr double kRareShare = 0.25;     // of the rows with the rarer of two labels

bool is_label_name(const std::string& name) {
  static const std::set<std::string> kNames = {
      "label",   "labels",     "class",   "classes",   "target",   "y",
      "species", "category",   "outcome", "diagnosis", "anomaly",  "is_anomaly",
      "outlier", "is_outlier", "odd",     "fraud",     "is_fraud", "survived",
      "churn",   "digit",      "variety", "cell_type", "celltype", "attack"};
  return kNames.contains(lowercase(name));
}

bool is_id_name(const std::string& name) {
  const std::string lower = lowercase(name);
  return lower == "id" || lower == "index" || lower.ends_with("_id") || lower.ends_with(" id") ||
         lower == "uuid" || lower == "name" || lower == "key" || lower.starts_with("unnamed:");
}

/// Numbers that go up by one from row to row.
bool counts_up(const std::vector<std::string>& cells) {
  std::optional<double> before;
  for (const std::string& cell : cells) {
    const auto number = parse_double(cell);
    if (!number || (before && *number != *before + 1)) return false;
    before = number;
  }
  return cells.size() >= kFewRows;
}

std::map<std::string, size_t> counts_of(const SampledColumn& column) {
  std::map<std::string, size_t> counts;
  for (const std::string& cell : column.cells) ++counts[cell];
  return counts;
}

/// The more frequent of two labels, if the other one is rare.
std::string usual_of(const std::map<std::string, size_t>& counts, size_t rows) {
  if (counts.size() != 2) return "";
  const auto& first = *counts.begin();
  const auto& second = *counts.rbegin();
  const auto& more = first.second >= second.second ? first : second;
  const double rare = 1 - static_cast<double>(more.second) / static_cast<double>(rows);
  return rare <= kRareShare ? more.first : "";
}

/// The end of a message "FILE: place: what it says".
std::string without_place(const std::string& fault) {
  const size_t at = fault.find("\": ");
  std::string rest = at == std::string::npos ? fault : fault.substr(at + 3);
  return rest.substr(0, rest.find(';'));
}

}  // namespace

ColumnRoles column_roles(const TableSample& sample) {
  ColumnRoles roles;
  for (const SampledColumn& column : sample.columns) {
    const auto counts = counts_of(column);
    const size_t rows = column.cells.size();
    const size_t known = rows - column.gaps;
    const bool distinct = counts.size() == rows && rows >= kFewRows;
    const bool is_text = column.type == ColumnType::categorical;
    if (roles.label.empty() && is_label_name(column.name) && column.gaps == 0 &&
        counts.size() >= 2 && counts.size() <= kMaxClasses && column.fault.empty()) {
      roles.label = column.name;
      roles.label_reason = fmt::format(
          "\"{}\" has {} values and the name of a label: it is kept out "
          "of the model, for probes and figures",
          column.name, counts.size());
      roles.usual = usual_of(counts, rows);
    } else if (known == 0) {
      roles.excluded.push_back({column.name, "has no values"});
    } else if (counts_up(column.cells)) {
      roles.ids.push_back({column.name, "counts up by one, like a row number"});
    } else if (distinct && (is_text || !column.fault.empty() || is_id_name(column.name))) {
      roles.ids.push_back({column.name, "differs in every row, like an id"});
    } else if (!column.fault.empty()) {
      roles.excluded.push_back({column.name, without_place(column.fault)});
    } else if (is_text && counts.size() > kMaxCategories) {
      roles.excluded.push_back(
          {column.name, fmt::format("has {} different texts in {} rows",
                                    grouped(static_cast<int64_t>(counts.size())),
                                    grouped(static_cast<int64_t>(rows)))});
    } else {
      ++roles.data_columns;
      roles.has_gaps = roles.has_gaps || column.gaps > 0;
    }
  }
  return roles;
}

}  // namespace ae
