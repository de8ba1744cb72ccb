#pragma once

#include <spdlog/spdlog.h>

#include <string>

namespace ae {

/// Sends log lines to stderr from `level` on (trace, debug, info, warn, error, off), plain text.
/// @throws Error(usage) for another level.
void set_up_log(const std::string& level);

}  // namespace ae
