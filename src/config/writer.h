#pragma once

#include "config/json.h"
#include "config/option_visitor.h"

namespace ae {

namespace detail {
Json written(const OptionVisitor::Body& body);
Json written(const ObjectList& list);
}  // namespace detail

/// The options as JSON, every default filled in, in the order of declaration; reading it back
/// gives the same options.
template <class Options>
Json options_json(Options options) {
  return detail::written([&](OptionVisitor& visitor) { options.visit(visitor); });
}

}  // namespace ae
