#include "report/metrics_csv.h"

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "io/atomic_file.h"
#include "report/metrics_lines.h"

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

std::vector<std::string> columns_of_metrics(const std::filesystem::path& jsonl) {
  std::vector<std::string> columns = {"step", "epoch", "split"};
  std::unordered_set<std::string> seen(columns.begin(), columns.end());
  for_each_metrics_line(jsonl, [&](const Json& line) {
    for (const auto& [key, value] : line.items()) {
      if (seen.insert(key).second) columns.push_back(key);
    }
  });
  return columns;
}

std::string csv_cell(const Json& line, const std::string& key) {
  const auto found = line.find(key);
  if (found == line.end() || found->is_null()) return "";
  return csv_field(found->is_string() ? found->get<std::string>() : found->dump());
}

}  // namespace

void write_metrics_csv(const std::filesystem::path& csv, const std::filesystem::path& jsonl) {
  const std::vector<std::string> columns = columns_of_metrics(jsonl);
  AtomicFile file(csv);
  const auto write_line = [&](const auto& cell_of) {
    std::string line;
    for (const std::string& column : columns) line += cell_of(column) + ',';
    line.back() = '\n';
    file.write(line.data(), line.size());
  };
  write_line([](const std::string& column) { return csv_field(column); });
  for_each_metrics_line(jsonl, [&](const Json& line) {
    write_line([&](const std::string& column) { return csv_cell(line, column); });
  });
  file.commit();
}

}  // namespace ae
