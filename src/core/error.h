#pragma once

#include <spdlog/fmt/fmt.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace ae {

/// What went wrong, in terms of who can put it right. Programs turn it into their exit code.
enum class ErrorKind {
  internal,    ///< a defect of this program
  usage,       ///< the command line or the config
  data,        ///< a file: missing, malformed, unwritable
  diverged,    ///< training left the finite numbers
  time_limit,  ///< the time allowed is used up; the run can be resumed
};

/// The exit code that every program documents for this kind: 1, 2, 3, 4, 5.
int exit_code(ErrorKind kind);

/// The one exception type. what() is one line: where, what was got, what is allowed, what to do.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const { return kind_; }

 private:
  ErrorKind kind_;
};

template <class... Args>
Error internal_error(fmt::format_string<Args...> format, Args&&... args) {
  return {ErrorKind::internal, fmt::format(format, std::forward<Args>(args)...)};
}

template <class... Args>
Error usage_error(fmt::format_string<Args...> format, Args&&... args) {
  return {ErrorKind::usage, fmt::format(format, std::forward<Args>(args)...)};
}

template <class... Args>
Error data_error(fmt::format_string<Args...> format, Args&&... args) {
  return {ErrorKind::data, fmt::format(format, std::forward<Args>(args)...)};
}

template <class... Args>
Error diverged_error(fmt::format_string<Args...> format, Args&&... args) {
  return {ErrorKind::diverged, fmt::format(format, std::forward<Args>(args)...)};
}

}  // namespace ae
