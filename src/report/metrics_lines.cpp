#include "report/metrics_lines.h"

#include <string>

#include "config/stored_json.h"
#include "core/error.h"
#include "io/line_reader.h"

namespace ae {

Json parse_metrics_line(const std::string& line, const std::string& source) {
  try {
    const Json json = parse_stored_json(line, source);
    return member(json, "epoch").is_number_integer() ? json : Json();
  } catch (const Error&) {
    return nullptr;
  }
}

void for_each_metrics_line(const std::filesystem::path& path,
                           const std::function<void(const Json&)>& visit) {
  LineReader lines(path);
  for (std::string line; lines.next(line);) {
    const Json json = parse_metrics_line(line, path.string());
    if (!json.is_null()) visit(json);
  }
}

}  // namespace ae
