#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <functional>
#include <string>

#include "config/json.h"

namespace ae {

/// Options of every program.
struct CommonOptions {
  std::string log_level = "info";
  bool quiet = false;
  bool json = false;
};

/// Writes to standard output. A closed pipe, as after `| head`, is not an error.
/// @throws Error(data) if writing fails otherwise, as on a full disk
void print(const std::string& text);

inline constexpr const char* kRunHelp =
    "Run directory (its best checkpoint, else its last) or checkpoint";
inline constexpr const char* kDeviceHelp = "Device: auto, cpu or cuda";
inline constexpr const char* kThreadsHelp =
    "CPU threads (default: one for a small model, otherwise one per core)";
inline constexpr const char* kStrictHelp =
    "Refuse rows that lie outside the range of the training rows by more than its width (exit code "
    "3), instead of warning of them";
inline constexpr const char* kUnverifiedHelp =
    "Use weights without a checksum (a lost state.json, a model copied without it), which may be "
    "damaged";

/// Checks that an option's text is not empty, as from an unset shell variable.
CLI::Validator not_empty();

/// Checks that an option's text is a decimal number from `min` to `max`.
CLI::Validator whole_number(uint64_t min, uint64_t max);

/// Ends the process without static destructors, as LibTorch's take longer than many commands.
/// Flushes C streams; C++ file streams must be closed before.
[[noreturn]] void exit_process(int exit_code);

/// A command-line program: parses options, runs the body, and reports an error as one line on
/// stderr and an exit code.
class Program {
 public:
  /// Installs signal handlers: signals that end the process first remove its temporary files.
  /// SIGPIPE and SIGXFSZ are ignored, so that failed writes are reported as errors.
  Program(const std::string& name, const std::string& description);

  CLI::App& app() { return app_; }
  const CommonOptions& common() const { return common_; }
  /// @return the process's exit code: the body's, or that of the error it threw
  int run(int argc, char** argv, const std::function<int()>& body);
  /// Prints the result on stdout: as JSON with --json, else as text.
  void print_result(const Json& json, const std::string& text) const;

 private:
  int parse_and_run(int argc, char** argv, const std::function<int()>& body);

  std::string name_;
  CLI::App app_;
  CommonOptions common_;
};

}  // namespace ae
