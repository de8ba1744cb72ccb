#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace ae {

/// JSON that keeps the order of keys, so that what is written reads as it was declared.
using Json = nlohmann::ordered_json;

/// Parses JSON text; `//` and `/* */` comments are allowed. Refused are duplicate keys, nesting
/// deeper than 64 levels, objects of more than 4,096 keys and more than 4,194,304 values in all, so
/// that time and memory are bounded by the text's length.
/// @param source  names the text in messages: a file, or "--set"
/// @throws Error(usage) with line and column, or with the path of the duplicate key
Json parse_json(std::string_view text, std::string_view source);

/// The member of an object that keys lead to: member(json, "data", "train"); null where there is
/// none, or where what should hold it is no object.
Json member(const Json& json, const std::string& key);
template <class... Keys>
Json member(const Json& json, const std::string& key, const Keys&... inner) {
  return member(member(json, key), inner...);
}

/// One line of JSON with spaces after colons and commas, cut to about `limit` characters, for use
/// in a message.
std::string brief(const Json& value, size_t limit = 60);

}  // namespace ae
