#pragma once

#include <string>

#include "config/json.h"
#include "data/equal_rows.h"
#include "data/splits.h"

namespace ae {

/// Rows, shape and file of each split, one per line; preprocessing, labels and equal rows.
std::string data_text(const Splits& splits, const EqualRows& equal);
/// The same with all columns, as `data.json` of a run holds it.
Json data_json(const Splits& splits, const EqualRows& equal);

}  // namespace ae
