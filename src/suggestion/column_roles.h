#pragma once

#include <string>
#include <vector>

#include "io/formats/table_sample.h"

namespace ae {

/// What a table's columns are for, as their names and first rows suggest.
struct ColumnRoles {
  struct Named {
    std::string name;
    std::string reason;
  };
  std::vector<Named> ids;       ///< to carry to outputs
  std::vector<Named> excluded;  ///< to leave out
  std::string label;            ///< a class for each row; "" for none
  std::string label_reason;
  /// Of a label of two values, one of which is rare: that of the rows that are usual; else "".
  std::string usual;
  bool has_gaps = false;  ///< missing values among the data columns
  size_t data_columns = 0;
};

ColumnRoles column_roles(const TableSample& sample);

}  // namespace ae
