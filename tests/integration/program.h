#pragma once

#include <gmock/gmock.h>
#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "config/json.h"
#include "temp_dir.h"

namespace ae {

/// Exit status and output of a program.
struct ProgramResult {
  int exit_code = -1;  ///< -1 if a signal ended it
  int signal = 0;      ///< the signal that ended it, or 0
  std::string out;
  std::string err;
  int64_t peak_bytes = 0;  ///< peak resident memory
};

/// Prints a result in messages of failed tests.
void PrintTo(const ProgramResult& result, std::ostream* stream);

using Arguments = std::vector<std::string>;
using Environment = std::map<std::string, std::string>;

/// A running program of the build, killed by the destructor if it has not ended.
class RunningProgram {
 public:
  /// @param name    "ae-train"
  /// @param folder  working directory
  /// @param output  file of its standard output; empty to collect it, "-" to close it
  RunningProgram(const std::string& name, const Arguments& arguments,
                 const std::filesystem::path& folder, const Environment& environment = {},
                 const std::filesystem::path& output = {});
  ~RunningProgram();
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

  void send(int signal) const;
  /// Waits until `path` has at least `lines` lines. @return false if the program ended before
  bool wait_for_lines(const std::filesystem::path& path, int lines);
  /// Waits for the program to end; kills it after two minutes.
  ProgramResult wait();

 private:
  bool has_ended(int options);

  TempDir logs_;
  pid_t pid_ = -1;
  ProgramResult result_;
};

/// A temporary folder to run programs in.
class Workplace : public TempDir {
 public:
  ProgramResult run(const std::string& name, const Arguments& arguments,
                    const Environment& environment = {}) const;
  /// Writes a config to NAME.json and runs ae-train on it.
  ProgramResult train(const Json& config, const Arguments& more = {},
                      const Environment& environment = {}) const;
  /// Sorted paths of all entries in the folder, at any depth.
  std::vector<std::string> files() const;
};

/// Matches exit code 0 and empty stderr.
MATCHER(succeeds, "") { return arg.exit_code == 0 && arg.err.empty(); }

/// Matches an exit code, empty stdout, and one line on stderr that contains all the texts.
MATCHER_P2(fails, code, texts, "") {
  const std::string& err = arg.err;
  bool good = arg.exit_code == code && arg.out.empty() && err.starts_with("ae-") &&
              err.find('\n') == err.size() - 1;
  for (const std::string& text : texts) good = good && err.find(text) != std::string::npos;
  return good;
}

inline auto fails_as(int code, const std::vector<std::string>& texts) { return fails(code, texts); }

}  // namespace ae
