#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/json.h"
#include "data/missing.h"
#include "data/scaling.h"
#include "data/step.h"
#include "io/formats/rows.h"

namespace ae {

/// Neighbouring features that come from one column, or numeric ones with the same likelihood.
struct FeatureGroup {
  ColumnType type = ColumnType::numeric;
  int64_t first = 0;
  int64_t count = 1;  ///< categorical: one feature for each category, of which one is 1
};

/// Conversion of rows, as a file has them in float64, to the model's features and back: missing
/// values, scale and steps of the numeric columns, 0 and 1 for booleans, one feature for each
/// category. Fitted to the training rows and stored with the model.
class Features {
 public:
  struct Options {
    Scaling scaling;              ///< of numeric values, before the steps
    std::vector<StepPart> steps;  ///< in their order
    MissingPart missing;
  };

  /// @param table  columns of the rows; empty for an array, whose numbers are D numeric columns
  /// @param rows   training rows [N, C] float64, NaN at gaps; categories by index
  /// @param file   for messages
  /// @throws Error(data) if a column has no value, or a step does not suit the rows
  static Features fit(std::vector<TableColumn> table, const at::Tensor& rows,
                      const Options& options, const std::string& file);

  /// [n, C] float64 → [n, D] float32; NaN where a value is missing and masked
  at::Tensor forward(const at::Tensor& rows) const;
  /// Rows as the file has them: undoes forward(), but for what steps discarded.
  /// [n, D] → [n, C] float64, categories by index
  at::Tensor inverse(const at::Tensor& features) const;

  /// File columns, C of them.
  int64_t columns() const { return columns_; }
  /// Model's features, D of them.
  int64_t width() const { return static_cast<int64_t>(names_.size()); }
  const std::vector<TableColumn>& table() const { return table_; }
  /// Names of the features: of its column, "column=category", "component_0".
  const std::vector<std::string>& names() const { return names_; }
  /// Groups that cover all features, in their order.
  const std::vector<FeatureGroup>& groups() const { return groups_; }
  /// True if zeros and ones are drawn from the features when they are used.
  bool is_drawn() const { return !steps_.empty() && steps_.back()->is_drawn(); }
  const MissingPart& missing() const { return options_.missing; }
  /// Features with a missing value in the training rows, if the encoder is told of these.
  const std::vector<int64_t>& indicated() const { return indicated_; }
  /// Values in place of missing ones: 0 for categories, else the mean of the training rows. [D]
  /// float32; undefined unless they are masked
  const at::Tensor& gap_fill() const { return gap_fill_; }
  /// Types of the steps that outputs cannot undo, as "contrast"; empty if there are none.
  std::string irreversible() const;
  /// Findings of the fit for the log, one line each.
  const std::vector<std::string>& notes() const { return notes_; }
  /// One line: "standardize; 2 categorical columns as 6 features".
  std::string summary() const;
  /// A feature's value in the file's units; nullopt if it belongs to no numeric column.
  std::optional<double> original(int64_t feature, double value) const;

  Json to_json() const;
  /// @throws any exception, if the JSON is malformed
  static Features from_json(const Json& json);

 private:
  void fit_gaps(const at::Tensor& features);
  void name_columns();
  void fit_fill(const at::Tensor& rows, const std::string& file);
  void fit_steps(const at::Tensor& rows, const std::string& file);
  void arrange();
  at::Tensor numeric_part(const at::Tensor& rows) const;
  static at::Tensor one_hot(const at::Tensor& codes, int64_t count);

  Options options_;
  int64_t columns_ = 0;
  std::vector<TableColumn> table_;  // empty for an array
  std::vector<double> fill_;        // [C] for missing values, unless masked
  std::vector<std::unique_ptr<Step>> steps_;
  std::vector<int64_t> indicated_;
  at::Tensor gap_fill_;
  // Derived:
  std::vector<int64_t> numeric_;  // file columns
  std::vector<std::string> names_;
  std::vector<FeatureGroup> groups_;
  std::vector<std::string> notes_;
};

}  // namespace ae
