#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/commented_json.h"
#include "data/location.h"
#include "data/splits.h"
#include "suggestion/column_roles.h"
#include "suggestion/data_figures.h"

namespace ae {

/// The data section of a suggested config, and what was found out about the rows.
class DataSuggestion {
 public:
  /// @param goal  one of goal_names()
  /// @throws Error(data) if the file cannot be read, or none of its columns can be data
  DataSuggestion(std::string file, const DataLocations& locations, std::string goal);

  const DataFigures& figures() const { return figures_; }
  bool is_picture() const { return figures_.is_image || figures_.is_signal; }
  /// True if columns are levels of one scale, which are divided by the highest; for anomalies
  /// columns are to count alike.
  bool has_levels() const { return levels_ > 1 && goal_ != "anomaly"; }
  bool standardizes() const {
    return !is_picture() && !figures_.in_unit_interval() && !has_levels();
  }
  bool in_unit_interval() const { return figures_.in_unit_interval() || has_levels(); }
  bool is_binary() const { return figures_.binary > 0.95 && !roles_; }
  /// True if a label tells the usual rows, which alone are trained on.
  bool trains_on_usual_rows() const {
    return goal_ == "anomaly" && roles_ && !roles_->usual.empty();
  }
  /// Summary of the rows: "344 rows: 4 numeric, 0 boolean and 2 categorical columns, …".
  const std::string& overview() const { return overview_; }
  void add_to(CommentedJson& data) const;

 private:
  std::string reasons() const;
  void add_source(CommentedJson& out) const;
  void load(const DataLocations& locations);
  void find_levels(const std::vector<ColumnSummary>& columns);
  std::string overview_of(const Splits& splits) const;

  std::string file_;
  std::string goal_;
  std::optional<ColumnRoles> roles_;  // of a text table
  DataFigures figures_;
  std::string overview_;
  double levels_ = 0;                // highest of the one scale that all columns share; else 0
  std::vector<std::string> skewed_;  // columns of amounts with rare large values
};

}  // namespace ae
