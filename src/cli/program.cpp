#include "cli/program.h"

#include <c10/util/Exception.h>
#include <fcntl.h>
#include <sys/syscall.h>

#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <sstream>
#include <system_error>

#include "cli/shared_processors.h"
#include "core/error.h"
#include "core/log.h"
#include "core/text.h"
#include "io/noted_temporary.h"
#include "io/quote.h"
#include "kernels/memory_error.h"
#include "run_directory/build_info.h"

namespace ae {
namespace {

/// First line of a message; in ATen errors a backtrace follows it.

/// Opens closed standard streams to /dev/null. Otherwise the next opened file would take such a
/// stream's descriptor and receive its output.
void open_standard_streams() {
  for (int number = 0; number <= 2; ++number) {
    if (::fcntl(number, F_GETFD) == -1) (void)::open("/dev/null", O_RDWR);
  }
}

/// Limits a message to about 2,000 bytes, keeping its beginning and its end.
std::string bounded(const std::string& message) {
  constexpr size_t kStart = 1400;
  constexpr size_t kEnd = 500;
  if (message.size() <= kStart + kEnd) return message;
  // Cut between UTF-8 characters.
  const auto is_continuation = [&](size_t at) {
    return (static_cast<unsigned char>(message[at]) & 0xC0) == 0x80;
  };
  size_t start = kStart;
  size_t end = message.size() - kEnd;
  while (start > 0 && is_continuation(start)) --start;
  while (end < message.size() && is_continuation(end)) ++end;
  return message.substr(0, start) + " … " + message.substr(end);
}

/// Ends the process with a message, with system calls alone.
[[noreturn]] __attribute__((no_sanitize("address", "thread", "undefined"))) void end_early(
    const char* program, const char* message) {
  const auto say = [](const char* text) {
    size_t bytes = 0;
    while (text[bytes] != '\0') ++bytes;
    (void)!::syscall(SYS_write, STDERR_FILENO, text, bytes);
  };
  for (const char* at = program; *at != '\0'; ++at) {
    if (*at == '/') program = at + 1;
  }
  say(program);
  say(message);
  ::_exit(3);
}

/// Ends the process if memory does not suffice for the libraries, or for a thread.
void end_without_memory() {
  try {
    std::rethrow_exception(std::current_exception());
  } catch (const std::bad_alloc&) {
    remove_noted_temporaries();
    end_early(::program_invocation_short_name,
              ": out of memory; its limits (ulimit -a) may be too low\n");
  } catch (...) {
    std::abort();
  }
}

/// Checks the surroundings before libraries are initialised: MKL aborts when it is loaded in a
/// folder that was removed, and LibTorch ends with an exception where memory is short.
__attribute__((no_sanitize("address", "thread", "undefined"))) void check_surroundings(
    int /*argc*/, char** argv, char** /*environment*/) {
  std::set_terminate(end_without_memory);
  char folder[PATH_MAX];
  if (::syscall(SYS_getcwd, folder, sizeof folder) > 0) return;
  end_early(argv[0],
            ": the working directory was removed or cannot be read; change to another folder\n");
}

__attribute__((section(".preinit_array"),
               used)) void (*const before_libraries)(int, char**, char**) = check_surroundings;

void end_by_signal(int number) {
  remove_noted_temporaries();
  ::_exit(128 + number);
}

void install_signal_handlers() {
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGXCPU}) {
    const auto before = std::signal(number, end_by_signal);
    // Under nohup, SIGHUP stays ignored.
    if (number == SIGHUP && before == SIG_IGN) std::signal(number, SIG_IGN);
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace

void print(const std::string& text) {
  std::clearerr(stdout);  // errors of lost log lines
  const size_t written = std::fwrite(text.data(), 1, text.size(), stdout);
  // Only a flush reports whether the bytes were written.
  if (std::fflush(stdout) == 0 && written == text.size()) return;
  if (errno == EPIPE) return;
  throw data_error("standard output: cannot be written: {}", std::strerror(errno));
}

CLI::Validator not_empty() {
  return {[](std::string& text) -> std::string {
            return text.empty() ? "is empty; expected a name" : "";
          },
          ""};
}

CLI::Validator whole_number(uint64_t min, uint64_t max) {
  return {[min, max](std::string& text) -> std::string {
            uint64_t number = 0;
            const char* end = text.data() + text.size();
            const auto [at, error] = std::from_chars(text.data(), end, number);
            if (error == std::errc() && at == end && number >= min && number <= max) return "";
            return fmt::format("{}: expected a whole number from {} to {}", quote(text), min, max);
          },
          ""};
}

void exit_process(int exit_code) {
#ifdef AE_SANITIZED
  std::exit(exit_code);  // sanitizers report at exit
#else
  std::fflush(nullptr);
  std::_Exit(exit_code);
#endif
}

Program::Program(const std::string& name, const std::string& description)
    : name_(name), app_(description, name) {
  open_standard_streams();
  install_signal_handlers();
  app_.set_version_flag("--version", fmt::format("{} {}", name, version()));
  app_.add_option("--log-level", common_.log_level,
                  "Log level: trace, debug, info, warning, error or off")
      ->capture_default_str();
  app_.add_flag("--quiet,-q", common_.quiet, "Print only warnings and the result");
  app_.add_flag("--json", common_.json,
                "Print the result as one JSON object on stdout, and logs on stderr");
  app_.footer(
      "Exit codes: 0 success, 1 internal error, 2 usage or config error, 3 data or file error, "
      "4 training diverged, 5 time limit reached, 128 + N ended by signal N.");
}

int Program::run(int argc, char** argv, const std::function<int()>& body) {
  request_short_time_slices();
  const auto fail = [&](const std::string& message, int code) {
    // Not fmt::print, which throws if the stream is closed.
    std::fputs(fmt::format("{}: {}\n", name_, bounded(one_line(message))).c_str(), stderr);
    return code;
  };
  constexpr const char* kOutOfMemory =
      "out of memory; choose a smaller model, smaller batches or fewer rows";
  try {
    return parse_and_run(argc, argv, body);
  } catch (const CLI::ParseError& error) {
    return fail(first_line(error.what()) + "; see " + name_ + " --help", 2);
  } catch (const Error& error) {
    return fail(error.what(), exit_code(error.kind()));
  } catch (const c10::Error& error) {
    if (is_out_of_memory(error)) return fail(kOutOfMemory, 3);
    return fail("internal error: " + first_line(error.what_without_backtrace()), 1);
  } catch (const std::filesystem::filesystem_error& error) {
    return fail(fmt::format("{}: {}", error.path1().string(), error.code().message()), 3);
  } catch (const std::system_error& error) {
    return fail(fmt::format("system error: {}; its limits (ulimit -a) may be too low",
                            error.code().message()),
                3);
  } catch (const std::exception& error) {
    if (is_out_of_memory(error)) return fail(kOutOfMemory, 3);
    return fail("internal error: " + first_line(error.what()), 1);
  }
}

int Program::parse_and_run(int argc, char** argv, const std::function<int()>& body) {
  try {
    app_.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) throw;
    std::ostringstream help;  // or the version
    app_.exit(error, help);
    print(help.str());
    return 0;
  }
  set_up_log(common_.quiet ? "warning" : common_.log_level,
             common_.json ? LogTarget::standard_error : LogTarget::standard_output);
  return body();
}

void Program::print_result(const Json& json, const std::string& text) const {
  // Paths may be any bytes; JSON is UTF-8.
  print((common_.json ? json.dump(-1, ' ', false, Json::error_handler_t::replace) : text) + "\n");
}

}  // namespace ae
