#pragma once

#include <cstdint>
#include <optional>

#include "config/option_visitor.h"

namespace ae {

/// What a run writes for people to look at.
struct LoggingOptions {
  bool tensorboard = true;
  bool report = true;
  std::optional<int64_t> pictures_every;  ///< epochs

  void visit(OptionVisitor& visitor);
};

}  // namespace ae
