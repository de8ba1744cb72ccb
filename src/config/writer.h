#pragma once

#include "config/json.h"
#include "config/option_visitor.h"

namespace ae {

namespace detail {
Json to_json(const OptionVisitor::Body& body);
Json to_json(const ObjectList& list);
Json to_json(AnyPart& part);
Json to_json(const PartList& list);
}  // namespace detail

/// All options as JSON, including defaults, in the order of declaration; reading it back gives the
/// same options.
template <class Options>
Json options_json(Options options) {
  return detail::to_json([&](OptionVisitor& visitor) { options.visit(visitor); });
}

}  // namespace ae
