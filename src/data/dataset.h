#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "data/layout.h"
#include "data/location.h"
#include "data/options.h"
#include "io/formats/labels.h"
#include "io/formats/rows.h"

namespace ae {

/// Labels of a column or a file, beside those of the dataset.
struct NamedLabels {
  std::string name;  ///< as the config has it
  Labels labels;
};

/// All rows of a source in memory, not scaled.
struct Dataset {
  std::filesystem::path path;
  at::Tensor rows;  ///< [N, D] uint8 or float32, on the CPU, not scaled; float64 until Features
                    ///< have made the model's features of them
  RowInfo info;
  Arrangement arrangement;
  bool drawn = false;  ///< RowSource::is_drawn()
  Labels labels;       ///< one per row, or empty
  std::vector<NamedLabels> further_labels;
  /// Texts of further columns, one per row: ids, and those that choose rows.
  std::vector<std::vector<std::string>> texts;
  std::string fingerprint;                ///< hash of the unscaled rows
  std::shared_ptr<const Dataset> target;  ///< what is to be reconstructed of each row; null for the
                                          ///< rows themselves
  std::optional<uint64_t> first_line;     ///< RowReader::first_line()

  int64_t count() const { return rows.size(0); }
  /// Texts of a column that was requested; null if it was not. @param name  as requested
  const std::vector<std::string>* texts_of(const std::string& name) const;
};

/// How the rows of a file are read.
struct FileReading {
  std::vector<std::string> columns;     ///< RowRequest::columns
  Header header = Header::automatic;    ///< of the file, if the source's option is "auto"
  Delivery delivery = {};               ///< RowRequest::delivery
  TableRequest table = {};              ///< RowRequest::table
  CsvDialectRequest dialect = {};       ///< RowRequest::dialect
  std::vector<std::string> texts = {};  ///< columns that choose rows, and are no data
  /// Arrangement of rows, as the file has them. Null: rows as they are.
  /// @throws Error(data) if they do not fit
  std::function<Arrangement(const RowInfo& info, const std::string& file)> arrange;
};

/// Reads a whole source; memory grows with the rows read, not with declared sizes.
/// @throws Error(data) if the file or its labels cannot be read, or their numbers differ
Dataset load_dataset(const SourceOptions& source, const DataLocations& locations,
                     const FileReading& reading = {});

/// Options for opening the file of a source; its `labels` is a column if the file is a table with a
/// column of that name or, from 1, of that number.
RowRequest row_request(const std::filesystem::path& path, const SourceOptions& source,
                       const FileReading& reading);

/// Opens a file whose rows are delivered in the model's shape.
/// @param arrangement  set to that of the rows, if not null
std::unique_ptr<RowReader> open_arranged(const std::filesystem::path& path,
                                         const RowRequest& request, const FileReading& reading,
                                         Arrangement* arrangement = nullptr);

/// Renumbers text labels by their index in `names`, to which new texts are appended, so that a
/// number has the same meaning in all splits.
void align_labels(Labels& labels, std::vector<std::string>& names);

}  // namespace ae
