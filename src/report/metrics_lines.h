#pragma once

#include <filesystem>
#include <functional>

#include "config/json.h"

namespace ae {

/// Calls visit(line) for each line of metrics.jsonl; damaged ones are left out.
/// @throws Error(data) if the file cannot be read
void for_each_metrics_line(const std::filesystem::path& path,
                           const std::function<void(const Json&)>& visit);

/// A line of metrics.jsonl; null if it is damaged. @param source  for error messages
Json parse_metrics_line(const std::string& line, const std::string& source);

}  // namespace ae
