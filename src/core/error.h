#pragma once

#include <spdlog/fmt/fmt.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace ae {

/// Category of an error, by where it has to be fixed. Programs map it to their exit code.
enum class ErrorKind {
  internal,    ///< a defect of this program
  usage,       ///< the command line or the config
  data,        ///< a file: missing, malformed, unwritable
  diverged,    ///< training produced values that are not finite
  time_limit,  ///< the time limit is reached; the run can be resumed
};

/// Exit code of a program for this kind: 1, 2, 3, 4, 5, in the order of declaration.
int exit_code(ErrorKind kind);

/// The only exception type. what() is one line: location, value found, values allowed, remedy.
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
