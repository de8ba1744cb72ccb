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

/// How a program ended, and what it said.
struct ProgramResult {
  int exit_code = -1;  ///< -1 where a signal ended it
  int signal = 0;      ///< the signal that ended it, or 0
  std::string out;
  std::string err;
  int64_t peak_bytes = 0;  ///< resident memory at its highest
};

/// For messages of failed tests.
void PrintTo(const ProgramResult& result, std::ostream* stream);

using Arguments = std::vector<std::string>;
using Environment = std::map<std::string, std::string>;

/// One of the built programs under way. Ends with this object at the latest.
class RunningProgram {
 public:
  /// @param name    "ae-train"
  /// @param folder  where it runs
  /// @param output  where its standard output goes; empty to collect it, "-" to close it
  RunningProgram(const std::string& name, const Arguments& arguments,
                 const std::filesystem::path& folder, const Environment& environment = {},
                 const std::filesystem::path& output = {});
  ~RunningProgram();
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

  void send(int signal) const;
  /// Waits until `path` has at least `lines` lines; false where the program ended before.
  bool wait_for_lines(const std::filesystem::path& path, int lines);
  /// Waits for the end; what takes longer than two minutes is killed.
  ProgramResult wait();

 private:
  bool has_ended(int options);

  TempDir logs_;
  pid_t pid_ = -1;
  ProgramResult result_;
};

/// A fresh folder to run programs in.
class Workplace : public TempDir {
 public:
  ProgramResult run(const std::string& name, const Arguments& arguments,
                    const Environment& environment = {}) const;
  /// Runs ae-train on a config, which is written to NAME.json.
  ProgramResult train(const Json& config, const Arguments& more = {},
                      const Environment& environment = {}) const;
  /// The names of all that lies in the folder, at any depth, sorted.
  std::vector<std::string> files() const;
};

/// Ended with exit code 0 and nothing on stderr.
MATCHER(succeeds, "") { return arg.exit_code == 0 && arg.err.empty(); }

/// Ended with this exit code, nothing on stdout, and one line on stderr that holds all the texts.
MATCHER_P2(fails, code, texts, "") {
  const std::string& err = arg.err;
  bool good = arg.exit_code == code && arg.out.empty() && err.starts_with("ae-") &&
              err.find('\n') == err.size() - 1;
  for (const std::string& text : texts) good = good && err.find(text) != std::string::npos;
  return good;
}

inline auto fails_as(int code, const std::vector<std::string>& texts) { return fails(code, texts); }

}  // namespace ae
