#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "io/formats/rows.h"

namespace ae {

/// One record of a CSV file, kept.
struct CsvRecord {
  std::vector<std::string> fields;
  uint64_t line = 0;
};

/// Which columns of a CSV file are read, and as what.
struct CsvColumns {
  bool has_header = false;
  std::vector<std::string> names;  ///< of all columns; "1", "2", … without a header
  std::vector<size_t> data;        ///< columns that are data, in the order of delivery
  std::optional<size_t> label;

  /// Names of the data columns; empty without a header.
  std::vector<std::string> data_names() const;
};

/// Decides from the first two records (the second may be missing) whether the first is a header,
/// and finds the requested columns.
///
/// The first record is data where all of it is numbers, save the columns that are asked for by
/// number ("5") as label or excluded. It is a header where it holds a requested name, where it is
/// text in a place in which the second is a number, or where it counts 0, 1, 2, … as pandas does
/// for columns without names. Numbers and text in the same places of both records could be either,
/// and are refused with the ways to say which.
/// @throws Error(data) for that, for doubled or missing names, for no data column.
CsvColumns csv_columns(const std::filesystem::path& path, const CsvRecord& first,
                       const std::optional<CsvRecord>& second, const RowRequest& request);

}  // namespace ae
