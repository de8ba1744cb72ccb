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
std::vector<std::string> resumable_paths_of(const OptionVisitor::Body& body);
}  // namespace detail

/// Reference text of all options: path, type, default and help, for each type of a part; without a
/// prefix, also a list of those that a resumed run may change.
/// @param prefix  only options at or under this path; "" for all
/// @return        "" if no option matches
template <class Options>
std::string explain(Options defaults, const std::string& prefix = "") {
  return detail::explained([&](OptionVisitor& visitor) { defaults.visit(visitor); }, prefix);
}

/// JSON Schema (draft 2020-12) of a config, for completion and checking in editors.
template <class Options>
Json json_schema(Options defaults) {
  return detail::schema_of([&](OptionVisitor& visitor) { defaults.visit(visitor); });
}

/// Paths of all options, including those of all types of parts.
template <class Options>
std::vector<std::string> option_paths(Options defaults) {
  return detail::paths_of([&](OptionVisitor& visitor) { defaults.visit(visitor); });
}

/// Paths of the options that a resumed run may give another value, with all below them.
template <class Options>
std::vector<std::string> resumable_paths(Options defaults) {
  return detail::resumable_paths_of([&](OptionVisitor& visitor) { defaults.visit(visitor); });
}

}  // namespace ae
