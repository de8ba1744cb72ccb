#pragma once

#include <spdlog/spdlog.h>

#include <string>

namespace ae {

/// Destination of log lines.
enum class LogTarget { standard_output, standard_error };

/// Configures the log: plain text lines from `level` on (trace, debug, info, warning, error, off),
/// warnings and errors with a prefix. Commands log nothing before their arguments and inputs are
/// checked, so that an error is the only output.
/// @throws Error(usage) for an unknown level
void set_up_log(const std::string& level, LogTarget target);

}  // namespace ae
