#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "data/preprocessing.h"

namespace ae {

/// Some rows of a dataset. A row is known by its number in its file, whatever set it is in.
struct RowSet {
  std::shared_ptr<const Dataset> data;
  std::vector<int64_t> rows;

  int64_t count() const { return static_cast<int64_t>(rows.size()); }
  bool has_labels() const { return !data->labels.values.empty(); }
  /// Labels of these rows, in their order.
  std::vector<int64_t> labels() const;
  /// Labels of some rows of the dataset. [B] int64
  at::Tensor labels_of(std::span<const int64_t> some) const;
};

/// What an experiment trains on, chooses by, and reports on.
struct Splits {
  RowSet train;
  std::optional<RowSet> validation;
  std::optional<RowSet> test;
  Preprocessing preprocessing;
};

/// The rows that results are reported on.
struct ReportedSet {
  std::string name;  ///< "test", "validation" or "train"
  const RowSet& rows;
};

/// The test rows, else the validation rows, else the training rows. @param splits must outlive it
ReportedSet reported_set(const Splits& splits);

/// Values that a part of the model can make sense of, after scaling.
struct ValueRange {
  double low;
  double high;
  std::string wanted_by;  ///< "reconstruction \"bernoulli\"", for the message
  bool whole = false;     ///< whole numbers only
};

/// Reads and splits the data of an experiment; the others are read as the training data was.
/// @throws Error(data) where a source cannot be read or has rows of another width
Splits load_splits(const DataOptions& options, const DataLocations& locations, uint64_t seed);

/// @throws Error(data) where the rows have no labels, or others than the training rows
/// @param option  that says where the labels are: "data.train.labels"
void check_labels(const RowSet& set, const Preprocessing& preprocessing, const std::string& option);

/// @throws Error(data) naming the first value outside `range` and how to put it right
void check_range(const RowSet& set, const Preprocessing& preprocessing, const ValueRange& range);

}  // namespace ae
