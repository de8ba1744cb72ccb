#pragma once

#include <string>

#include "config/option_visitor.h"
#include "io/formats/csv_dialect.h"

namespace ae {

/// The option `data.dialect`: how a text table is written. "auto" is detected.
struct DialectOptions {
  std::string separator = "auto";
  std::string decimal = "auto";
  std::string quote = "auto";
  std::string comment = "auto";
  std::string encoding = "auto";

  void visit(OptionVisitor& visitor);
  CsvDialectRequest request() const;
};

}  // namespace ae
