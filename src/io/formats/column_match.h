#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ae {

/// True if a text matches a pattern, in which `*` stands for any characters and `?` for one.
bool matches_pattern(std::string_view text, std::string_view pattern);

bool is_pattern(std::string_view text);

/// The first names, quoted, for messages: `"a", "b", … (20 in all)`.
std::string names_listing(const std::vector<std::string>& names);

/// Indices of the columns that a text names: a column of this name, else the column of this number
/// from 1, else all that match it as a pattern; empty for none.
std::vector<size_t> columns_named(const std::string& wanted, const std::vector<std::string>& names);

/// Indices of the columns that are named, each once, in the order of the names.
/// @param wanted  names, numbers from 1, or patterns
/// @param what    whose columns these are, for messages: "t.csv: numeric columns"
/// @throws Error(data) if a name matches none, or a column is named twice
std::vector<int64_t> matching_columns(const std::vector<std::string>& wanted,
                                      const std::vector<std::string>& names,
                                      const std::string& what);

}  // namespace ae
