#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/option_visitor.h"

namespace ae {

struct Dataset;

/// Which rows of a file are used: all conditions must hold. The option `where`.
struct Where {
  struct Condition {
    std::string column;               ///< name or number; "label" for the rows' labels
    std::vector<std::string> values;  ///< any of these; empty for a range
    bool negated = false;             ///< none of the values
    std::optional<double> min;        ///< a number of at least this
    std::optional<double> max;        ///< a number of at most this
  };
  std::vector<Condition> conditions;

  void declare(OptionVisitor& visitor, const char* name, const char* help);
  bool is_empty() const { return conditions.empty(); }
  /// Columns that the conditions name, each once.
  std::vector<std::string> columns() const;
  Json to_json() const;
  /// @return false if the JSON is none
  bool read(const Json& json);
};

/// Conditions given as JSON on the command line.
/// @param option  for messages: "--where"  @throws Error(usage) if they are none
Where where_of(const std::string& text, const std::string& option);

/// The name by which a condition means the labels, unless a column has it.
inline constexpr const char* kLabelColumn = "label";

/// Rows for which all conditions hold. The dataset has the texts of the conditions' columns.
/// @param option  for messages: "data.train.where"
/// @throws Error(data) if there are none, or a condition names labels of a file without
std::vector<int64_t> rows_where(const Dataset& data, const Where& where, const std::string& option);

/// Evaluates conditions on one row at a time.
class RowFilter {
 public:
  /// @param where  must outlive this
  explicit RowFilter(const Where& where);
  /// @param texts  of Where::columns(), for the row
  bool accepts(std::span<const std::string> texts) const;

 private:
  struct Test {
    const Where::Condition* condition;
    size_t column;                               // in Where::columns()
    std::vector<std::optional<double>> numbers;  // of the values
  };
  std::vector<Test> tests_;
};

}  // namespace ae
