#pragma once

#include <string>
#include <vector>

#include "config/json.h"
#include "data/column_summary.h"
#include "data/splits.h"

namespace ae {

/// Table of the data columns as they were understood, and the options that would change that;
/// empty if the rows have no columns.
std::string column_table(const Splits& splits);
Json columns_json(const Splits& splits);

}  // namespace ae
