#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace ae {

/// JSON that keeps the order of keys, so that what is written reads as it was declared.
using Json = nlohmann::ordered_json;

/// Parses JSON text; `//` and `/* */` comments are allowed, duplicate keys and nesting deeper than
/// 64 levels are not.
/// @param source  names the text in messages: a file, or "--set"
/// @throws Error(usage) with line and column, or with the path of the duplicate key
Json parse_json(std::string_view text, std::string_view source);

/// One line of JSON with spaces after colons and commas, cut to about `limit` characters, for use
/// in a message.
std::string brief(const Json& value, size_t limit = 60);

}  // namespace ae
