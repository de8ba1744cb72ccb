#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <string>
#include <vector>

#include "data/location.h"
#include "data/options.h"
#include "io/formats/labels.h"
#include "io/formats/rows.h"

namespace ae {

/// All rows of a source, in memory, as the file has them.
struct Dataset {
  std::filesystem::path path;
  at::Tensor rows;  ///< [N, D] uint8 or float32, on the CPU, not scaled
  RowInfo info;
  Labels labels;            ///< one per row, or empty
  std::string fingerprint;  ///< hash of the rows as read

  int64_t count() const { return rows.size(0); }
};

/// Reads a whole source; memory grows only with rows that are really there.
/// @param columns  CSV: exactly these, by name; empty for all but the label and the excluded
/// @param header   CSV: of the source, where it does not say itself
/// @throws Error(data) where the file or its labels cannot be read or disagree
Dataset load_dataset(const SourceOptions& source, const DataLocations& locations,
                     const std::vector<std::string>& columns = {},
                     Header header = Header::automatic);

/// How the file opens: `labels` is a column where the file is a table with such a column.
RowRequest row_request(const std::filesystem::path& path, const SourceOptions& source,
                       const std::vector<std::string>& columns, Header header = Header::automatic);

/// Renumbers labels that were texts by `names`, to which unknown ones are added, so that one number
/// means one thing in all splits.
void align_labels(Labels& labels, std::vector<std::string>& names);

}  // namespace ae
