#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "inference/row_output.h"
#include "io/formats/rows.h"

namespace ae {

/// Opens a CSV file for rows of a table, in which booleans and categories are the texts that the
/// training file has.
/// @param table  columns of the rows; those that are not numeric hold the indices of their texts
/// @param ids    names of columns of ids, which come first
std::unique_ptr<RowOutput> open_table_output(const std::filesystem::path& path,
                                             const std::vector<TableColumn>& table,
                                             const std::vector<std::string>& ids = {});

/// True if a column is not numeric, so that its numbers stand for texts.
bool has_texts(const std::vector<TableColumn>& table);

}  // namespace ae
