#include "core/log.h"

#include <spdlog/sinks/stdout_sinks.h>

#include "core/error.h"

namespace ae {

void set_up_log(const std::string& level) {
  const spdlog::level::level_enum parsed = spdlog::level::from_str(level);
  if (parsed == spdlog::level::off && level != "off") {
    throw usage_error("--log-level {}: unknown; expected trace, debug, info, warning, error or off",
                      level);
  }
  static const auto logger = spdlog::stderr_logger_mt("ae");
  logger->set_pattern(parsed <= spdlog::level::debug ? "%H:%M:%S.%e %l: %v" : "%v");
  logger->set_level(parsed);
  spdlog::set_default_logger(logger);
}

}  // namespace ae
