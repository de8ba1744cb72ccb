#pragma once

#include <string_view>

#include "io/formats/format.h"

namespace ae {

/// Reads all rows of the bytes in small batches.
void read_all_rows(const Format& format, std::string_view bytes, const RowRequest& request = {});

/// Reads the bytes as a file of labels.
void read_all_labels(const Format& format, std::string_view bytes,
                     std::optional<int64_t> rows = {});

}  // namespace ae
