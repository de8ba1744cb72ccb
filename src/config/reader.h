#pragma once

#include <set>
#include <string>
#include <vector>

#include "config/json.h"
#include "config/option_visitor.h"

namespace ae {

/// Where a config's values come from, for messages.
struct ConfigSource {
  std::string name;                      ///< the file
  std::set<std::string> overridden;      ///< paths that were given by --set
  std::vector<std::string> known_paths;  ///< every option there is, to find a misplaced one
};

/// Reads `json` into `options` (anything with `visit`): strict about unknown keys, types, ranges.
/// @throws Error(usage) on the first fault, in the order of declaration
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
