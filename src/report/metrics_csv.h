#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "config/json.h"

namespace ae {

/// Table of the lines of metrics.jsonl as CSV: a column for each key that occurs in any of them,
/// `step`, `epoch` and `split` first and the others in the order of their first occurrence. Numbers
/// are as in the lines; a cell is empty if the key is absent or null, as for values that are not
/// finite.
/// @param lines  objects
std::string metrics_csv(std::span<const Json> lines);

/// Replaces a file by metrics_csv() atomically. @throws Error(data) if it cannot be written
void write_metrics_csv(const std::filesystem::path& path, std::span<const Json> lines);

}  // namespace ae
