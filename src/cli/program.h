#pragma once

#include <CLI/CLI.hpp>

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

/// Writes to standard output. @throws Error(data) where that fails, as on a full disk
void print(const std::string& text);

/// Ends the process without the destructors of what lives as long as it: LibTorch's take longer
/// than many a command. Open files of C++ must have been closed.
[[noreturn]] void leave(int exit_code);

/// A command-line program: parses, runs, and turns errors into one line on stderr and the exit
/// code that the README lists.
class Program {
 public:
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
