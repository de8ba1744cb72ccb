#pragma once

#include <string>

#include "config/part.h"
#include "config/reader.h"

namespace ae {

/// A registered part and its config, such as "l1" and {"type": "l1", "weight": 3}.
template <class Spec>
Part<Spec> part_of(const Json& config) {
  struct Holder {
    Part<Spec> part{Spec::table().front().name};
    void visit(OptionVisitor& visitor) { visitor.part("part", part, ""); }
  } holder;
  read_options(Json{{"part", config}}, {"test", {}, {}}, holder);
  return holder.part;
}

/// Names in a table of parts.
template <class Spec>
std::vector<std::string> part_names() {
  std::vector<std::string> names;
  for (const PartEntry<Spec>& entry : Spec::table()) names.emplace_back(entry.name);
  return names;
}

}  // namespace ae
