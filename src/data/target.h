#pragma once

#include <string>
#include <vector>

#include "config/option_visitor.h"

namespace ae {

/// Reconstruction target in place of the rows themselves: the rows of another file, or
/// further columns of the same table. The option `target`.
struct Target {
  std::string path;
  std::vector<std::string> columns;

  void declare(OptionVisitor& visitor, const char* name, const char* help);
  bool is_given() const { return !path.empty() || !columns.empty(); }
};

}  // namespace ae
