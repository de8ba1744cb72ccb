#include "core/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <memory>

#include "core/error.h"

namespace ae {
namespace {

/// Prefix "warning: ", "error: ", … of messages at warning level and above; empty below.
class SeverityFlag : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm& /*time*/,
              spdlog::memory_buf_t& out) override {
    if (message.level < spdlog::level::warn) return;
    const std::string text = fmt::format("{}: ", spdlog::level::to_string_view(message.level));
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<SeverityFlag>();
  }
};

}  // namespace

void set_up_log(const std::string& level, LogTarget target) {
  const spdlog::level::level_enum parsed = spdlog::level::from_str(level);
  if (parsed == spdlog::level::off && level != "off") {
    throw usage_error("--log-level {}: unknown; expected trace, debug, info, warning, error or off",
                      level);
  }
  std::shared_ptr<spdlog::sinks::sink> sink;
  if (target == LogTarget::standard_output) {
    sink = std::make_shared<spdlog::sinks::stdout_sink_mt>();
  } else {
    sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  }
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<SeverityFlag>('*').set_pattern("%*%v");
  sink->set_formatter(std::move(formatter));
  const auto logger = std::make_shared<spdlog::logger>("ae", std::move(sink));
  logger->set_level(parsed);
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(logger);
}

}  // namespace ae
