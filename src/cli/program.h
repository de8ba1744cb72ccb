#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <functional>
#include <string>

#include "config/json.h"

namespace ae {

/// What every program takes.
struct CommonOptions {
  std::string log_level = "info";
  bool quiet = false;
  bool json = false;
};

/// Writes to standard output. A reader that has left, as `head` does, wants no more: that is no
/// error. @throws Error(data) where writing fails otherwise, as on a full disk
void print(const std::string& text);

inline constexpr const char* kUnverifiedHelp =
    "Uses weights without a checksum beside them (a lost state.json, a model copied out alone), "
    "which may be damaged";

/// Checks that an option's text is not empty, as of a variable that is not set.
CLI::Validator not_empty();

/// Checks an option's text: digits alone, for a number from `min` to `max`.
CLI::Validator whole_number(uint64_t min, uint64_t max);

/// Ends the process without the destructors of what lives as long as it: LibTorch's take longer
/// than many a command. Open files of C++ must have been closed.
[[noreturn]] void leave(int exit_code);

/// A command-line program: parses, runs, and turns errors into one line on stderr and the exit
/// code that the README lists.
class Program {
 public:
  /// Also takes signals over: those that end the process remove its temporary files first. Whatever
  /// cannot be written, as to a pipe that nobody reads, is met as an error.
  Program(const std::string& name, const std::string& description);

  CLI::App& app() { return app_; }
  const CommonOptions& common() const { return common_; }
  /// @return the process's exit code: body's own, or that of the error it threw
  int run(int argc, char** argv, const std::function<int()>& body);
  /// The result on stdout: as JSON if asked for, else as text.
  void print_result(const Json& json, const std::string& text) const;

 private:
  int parse_and_run(int argc, char** argv, const std::function<int()>& body);

  std::string name_;
  CLI::App app_;
  CommonOptions common_;
};

}  // namespace ae
