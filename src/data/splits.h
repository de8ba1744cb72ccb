#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/column_summary.h"
#include "data/dataset.h"
#include "data/preprocessing.h"

namespace ae {

/// A subset of the rows of a dataset, by their numbers in the file.
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

/// Reconstruction targets of a set's rows: their own, or the rows themselves.
RowSet targets_of(const RowSet& set);

/// At most `limit` rows of a set, at equal distances.
RowSet evenly_spaced(const RowSet& set, int64_t limit);

/// Training, validation and test rows of an experiment.
struct Splits {
  RowSet train;
  std::optional<RowSet> validation;
  std::optional<RowSet> test;
  Preprocessing preprocessing;
  std::vector<ColumnSummary> columns;  ///< of the training rows, as the file has them
};

/// The rows that results are reported on.
struct ReportedSet {
  std::string name;  ///< "test", "validation" or "train"
  const RowSet& rows;
};

/// The test rows, else the validation rows, else the training rows. @param splits must outlive it
ReportedSet reported_set(const Splits& splits);

/// Range of scaled values that a part of the model accepts.
struct ValueRange {
  double low;
  double high;
  std::string required_by;             ///< "reconstruction \"bernoulli\"", for the message
  bool whole = false;                  ///< integers only
  std::vector<int64_t> features = {};  ///< those that it is of; empty for all
};

/// Arguments of load_splits() besides the data options.
struct SplitRequest {
  bool convolutional = false;       ///< the model takes rows apart by their axes
  bool standardize_tables = false;  ///< tables of named columns, where the config says nothing
  std::vector<std::string> bounded_columns = {};  ///< names, numbers or patterns of those that are
                                                  ///< not standardised
  const Preprocessing* stored = nullptr;          ///< of the run that goes on or is evaluated
};

/// Loads and splits the data of an experiment; validation and test data are preprocessed like the
/// training data.
/// @throws Error(data) if a source cannot be read or has rows of another shape
Splits load_splits(const DataOptions& options, const DataLocations& locations,
                   const SplitRequest& request);

/// Loads the targets of rows of another file than the training file.
/// @param source         of the rows; the columns of a table are those of the training targets
/// @param option         that names their file, for messages: "data.test.target"
/// @param preprocessing  of the training targets
/// @throws Error(usage) if the file is not named  @throws Error(data) if it cannot be read
void add_targets(const SourceOptions& source, const std::string& option,
                 const DataLocations& locations, const Preprocessing& preprocessing, Dataset& data);

/// Checks that the rows have labels, all of which are classes of the training rows.
/// @param option  the option that names the labels, for messages: "data.train.labels"
/// @throws Error(data) otherwise
void check_labels(const RowSet& set, const Preprocessing& preprocessing, const std::string& option);

/// Checks the scaled values. @throws Error(data) naming the first value outside `range` and the
/// remedy
void check_range(const RowSet& set, const Preprocessing& preprocessing, const ValueRange& range);

}  // namespace ae
