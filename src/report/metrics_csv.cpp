#include "report/metrics_csv.h"

#include <string_view>
#include <unordered_set>
#include <vector>

#include "io/atomic_file.h"

namespace ae {
namespace {

/// Field of CSV, in quotes if it needs them. Empty fields have none, as they are missing values.
std::string csv_field(std::string_view text) {
  if (text.find_first_of(",;\t\"\r\n ") == std::string_view::npos) return std::string(text);
  std::string field = "\"";
  for (const char c : text) {
    if (c == '"') field += '"';
    field += c;
  }
  return field + '"';
}

std::vector<std::string> columns_of_metrics(std::span<const Json> lines) {
  std::vector<std::string> columns = {"step", "epoch", "split"};
  std::unordered_set<std::string> seen(columns.begin(), columns.end());
  for (const Json& line : lines) {
    for (const auto& [key, value] : line.items()) {
      if (seen.insert(key).second) columns.push_back(key);
    }
  }
  return columns;
}

std::string csv_cell(const Json& line, const std::string& key) {
  const auto found = line.find(key);
  if (found == line.end() || found->is_null()) return "";
  return csv_field(found->is_string() ? found->get<std::string>() : found->dump());
}

}  // namespace

std::string metrics_csv(std::span<const Json> lines) {
  const std::vector<std::string> columns = columns_of_metrics(lines);
  std::string table;
  for (const std::string& column : columns) table += csv_field(column) + ',';
  table.back() = '\n';
  for (const Json& line : lines) {
    for (const std::string& column : columns) table += csv_cell(line, column) + ',';
    table.back() = '\n';
  }
  return table;
}

void write_metrics_csv(const std::filesystem::path& path, std::span<const Json> lines) {
  write_text_atomically(path, metrics_csv(lines));
}

}  // namespace ae
