#pragma once

#include <set>
#include <string>
#include <vector>

#include "config/json.h"
#include "config/option_visitor.h"

namespace ae {

/// Origin of a config's values, for messages.
struct ConfigSource {
  std::string name;                      ///< the file
  std::set<std::string> overridden;      ///< paths set by --set
  std::vector<std::string> known_paths;  ///< of all options, to suggest one for a misplaced key
};

/// Reads `json` into `options` (any struct with `visit`); unknown keys, wrong types and values out
/// of range are errors.
/// @throws Error(usage) for the first error, in the order of declaration
template <class Options>
void read_options(const Json& json, const ConfigSource& source, Options& options);

namespace detail {
void read_object(const Json& json, const ConfigSource& source, const OptionVisitor::Body& body);
}

template <class Options>
void read_options(const Json& json, const ConfigSource& source, Options& options) {
  detail::read_object(json, source, [&](OptionVisitor& visitor) { options.visit(visitor); });
}

}  // namespace ae
