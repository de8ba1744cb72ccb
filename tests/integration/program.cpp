#include "integration/program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>

namespace ae {
namespace {

namespace fs = std::filesystem;

constexpr auto kLongest = std::chrono::minutes(2);
constexpr auto kPause = std::chrono::milliseconds(5);

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

/// This process's environment without variables that change a program's behaviour, plus `added`.
std::vector<std::string> environment_with(const Environment& added) {
  Environment all = {{"OMP_NUM_THREADS", "1"}};
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::string key = text.substr(0, text.find('='));
    if (key != "AE_DATA_ROOT" && key != "OMP_NUM_THREADS") all[key] = text.substr(key.size() + 1);
  }
  for (const auto& [key, value] : added) all[key] = value;
  std::vector<std::string> texts;
  for (const auto& [key, value] : all) {
    texts.push_back(key);
    texts.back() += "=" + value;
  }
  return texts;
}

/// In the child process: opens `path` as the descriptor `number`.
void redirect(const fs::path& path, int number, int flags) {
  const int file = ::open(path.c_str(), flags, 0666);
  if (file < 0 || ::dup2(file, number) < 0) ::_exit(126);
  ::close(file);
}

}  // namespace

void PrintTo(const ProgramResult& result, std::ostream* stream) {
  *stream << "exit code " << result.exit_code << ", signal " << result.signal << "\nstdout:\n"
          << result.out << "\nstderr:\n"
          << result.err;
}

RunningProgram::RunningProgram(const std::string& name, const Arguments& arguments,
                               const fs::path& folder, const Environment& environment,
                               const fs::path& output) {
  std::vector<std::string> command = {std::string(AE_BIN_DIR) + "/" + name};
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::vector<std::string> settings = environment_with(environment);
  const std::vector<char*> argv = pointers(command);
  const std::vector<char*> envp = pointers(settings);
  const fs::path out = output.empty() ? logs_ / "out" : output;
  const fs::path err = logs_ / "err";
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork failed");
  if (pid_ > 0) return;
  redirect("/dev/null", STDIN_FILENO, O_RDONLY);
  redirect(err, STDERR_FILENO, O_WRONLY | O_CREAT);
  if (out == "-") {
    ::close(STDOUT_FILENO);
  } else {
    redirect(out, STDOUT_FILENO, O_WRONLY | O_CREAT);
  }
  if (::chdir(folder.c_str()) == 0) ::execve(argv[0], argv.data(), envp.data());
  ::_exit(127);
}

RunningProgram::~RunningProgram() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  has_ended(0);
}

void RunningProgram::send(int signal) const {
  if (pid_ > 0) ::kill(pid_, signal);
}

bool RunningProgram::has_ended(int options) {
  if (pid_ < 0) return true;
  int status = 0;
  rusage usage{};
  if (::wait4(pid_, &status, options, &usage) != pid_) return false;
  pid_ = -1;
  if (WIFEXITED(status)) result_.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result_.signal = WTERMSIG(status);
  result_.peak_bytes = int64_t{usage.ru_maxrss} * 1024;
  return true;
}

bool RunningProgram::wait_for_lines(const fs::path& path, int lines) {
  const auto end = std::chrono::steady_clock::now() + kLongest;
  while (std::chrono::steady_clock::now() < end) {
    const bool ended = has_ended(WNOHANG);
    std::error_code ignored;
    if (fs::exists(path, ignored)) {
      const std::string text = bytes_of(path);
      if (std::count(text.begin(), text.end(), '\n') >= lines) return !ended;
    }
    if (ended) return false;
    std::this_thread::sleep_for(kPause);
  }
  return false;
}

ProgramResult RunningProgram::wait() {
  const auto end = std::chrono::steady_clock::now() + kLongest;
  while (!has_ended(WNOHANG)) {
    if (std::chrono::steady_clock::now() > end) send(SIGKILL);
    std::this_thread::sleep_for(kPause);
  }
  if (fs::exists(logs_ / "out")) result_.out = bytes_of(logs_ / "out");
  result_.err = bytes_of(logs_ / "err");
  return result_;
}

ProgramResult Workplace::run(const std::string& name, const Arguments& arguments,
                             const Environment& environment) const {
  return RunningProgram(name, arguments, path(), environment).wait();
}

ProgramResult Workplace::train(const Json& config, const Arguments& more,
                               const Environment& environment) const {
  Arguments arguments = {"--config",
                         write(config.value("name", "config") + ".json", config.dump(2)).string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run("ae-train", arguments, environment);
}

std::vector<std::string> Workplace::files() const {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(path())) {
    names.push_back(entry.path().lexically_relative(path()).string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace ae
