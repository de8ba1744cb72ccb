#pragma once

#include <spdlog/spdlog.h>

#include <string>

namespace ae {

/// Where log lines go.
enum class LogTarget { standard_output, standard_error };

/// Log lines from `level` on (trace, debug, info, warning, error, off) as plain text; warnings say
/// that they are. Nothing is logged before a command knows that it can do what it was asked, so
/// that an error stands alone.
/// @throws Error(usage) for another level.
void set_up_log(const std::string& level, LogTarget target);

}  // namespace ae
