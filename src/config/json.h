#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace ae {

/// JSON that keeps the order of keys, so that output is in the order of declaration.
using Json = nlohmann::ordered_json;

/// Parses JSON text; `//` and `/* */` comments are allowed. Duplicate keys, nesting deeper than 64
/// levels, objects of more than 4,096 keys and more than 4,194,304 values in total are refused, so
/// that time and memory are linear in the length of the text.
/// @param source  name of the text for messages: a file, or "--set"
/// @throws Error(usage) with line and column, or with the path of the duplicate key
Json parse_json(std::string_view text, std::string_view source);

/// Nested member of an object: member(json, "data", "train"). null if it is absent, or if one of
/// the enclosing values is not an object.
Json member(const Json& json, const std::string& key);
template <class... Keys>
Json member(const Json& json, const std::string& key, const Keys&... inner) {
  return member(member(json, key), inner...);
}

/// One line of JSON for a message, cut to about `limit` bytes.
std::string brief(const Json& value, size_t limit = 60);

}  // namespace ae
