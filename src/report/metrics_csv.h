#pragma once

#include <filesystem>

namespace ae {

/// Writes the lines of metrics.jsonl as a CSV table, atomically and in bounded memory: a column for
/// each key that occurs in any of them, `step`, `epoch` and `split` first and the others in the
/// order of their first occurrence. Numbers are as in the lines; a cell is empty if the key is
/// absent or null, as for values that are not finite.
/// @throws Error(data) if the log cannot be read or the table cannot be written
void write_metrics_csv(const std::filesystem::path& csv, const std::filesystem::path& jsonl);

}  // namespace ae
