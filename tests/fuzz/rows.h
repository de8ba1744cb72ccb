#pragma once

#include <string_view>

#include "io/formats/format.h"

namespace ae {

/// Reads all rows of the bytes, a few at a time.
void read_all_rows(const Format& format, std::string_view bytes, const RowRequest& request = {});

/// Reads the bytes as labels.
void read_all_labels(const Format& format, std::string_view bytes,
                     std::optional<int64_t> rows = {});

}  // namespace ae
