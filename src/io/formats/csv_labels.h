#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include "io/byte_reader.h"
#include "io/formats/labels.h"

namespace ae {

/// Labels in a text file of one column, with or without a header.
/// @param rows  of the data, if known: one label for each
/// @throws Error(data) for another number of labels or columns, and empty ones
Labels csv_labels(ByteReader reader, std::optional<int64_t> rows);

/// Checks a label, or another text that is kept as it is.
/// @throws Error(data) unless it is UTF-8 of at most 1,000 bytes
void check_csv_text(const std::filesystem::path& path, uint64_t line, std::string_view text);

}  // namespace ae
