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

/// All rows of a source in memory, not scaled.
struct Dataset {
  std::filesystem::path path;
  at::Tensor rows;  ///< [N, D] uint8 or float32, on the CPU, not scaled
  RowInfo info;
  Labels labels;            ///< one per row, or empty
  std::string fingerprint;  ///< hash of the unscaled rows

  int64_t count() const { return rows.size(0); }
};

/// Reads a whole source; memory grows with the rows read, not with declared sizes.
/// @param columns  CSV: names of the data columns; empty for all but the label and the excluded
/// ones
/// @param header   CSV: header of the file, if the source's option is "auto"
/// @throws Error(data) if the file or its labels cannot be read, or their numbers differ
Dataset load_dataset(const SourceOptions& source, const DataLocations& locations,
                     const std::vector<std::string>& columns = {},
                     Header header = Header::automatic);

/// Options for opening the file of a source; its `labels` is a column if the file is a table with a
/// column of that name.
RowRequest row_request(const std::filesystem::path& path, const SourceOptions& source,
                       const std::vector<std::string>& columns, Header header = Header::automatic);

/// Renumbers text labels by their index in `names`, to which new texts are appended, so that a
/// number has the same meaning in all splits.
void align_labels(Labels& labels, std::vector<std::string>& names);

}  // namespace ae
