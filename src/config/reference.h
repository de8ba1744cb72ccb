#pragma once

#include <string>
#include <vector>

#include "config/json.h"
#include "config/option_visitor.h"

namespace ae {

namespace detail {
std::string explained(const OptionVisitor::Body& body, const std::string& prefix);
Json schema_of(const OptionVisitor::Body& body);
std::vector<std::string> paths_of(const OptionVisitor::Body& body);
}  // namespace detail

/// A reference of every option for a person: path, value, default, meaning; the types of each part
/// with their options.
/// @param prefix  only options at or under this path ("" all); "" is returned where there are none
template <class Options>
std::string explain(Options defaults, const std::string& prefix = "") {
  return detail::explained([&](OptionVisitor& visitor) { defaults.visit(visitor); }, prefix);
}

/// JSON Schema (draft 2020-12) of a config: what editors complete and check by.
template <class Options>
Json json_schema(Options defaults) {
  return detail::schema_of([&](OptionVisitor& visitor) { defaults.visit(visitor); });
}

/// The path of every option, those of all types of all parts included.
template <class Options>
std::vector<std::string> option_paths(Options defaults) {
  return detail::paths_of([&](OptionVisitor& visitor) { defaults.visit(visitor); });
}

}  // namespace ae
