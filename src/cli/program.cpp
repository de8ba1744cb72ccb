#include "cli/program.h"

#include <c10/util/Exception.h>
#include <fcntl.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <sstream>

#include "core/error.h"
#include "core/log.h"
#include "core/text.h"
#include "runs/build_info.h"

namespace ae {
namespace {

/// The first line of a message, since what an ATen error goes on with is a backtrace.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// A standard stream that the caller closed is opened to /dev/null: else the next file that is
/// opened would take its number, and results be printed into it.
void open_standard_streams() {
  for (int number = 0; number <= 2; ++number) {
    if (::fcntl(number, F_GETFD) == -1) (void)::open("/dev/null", O_RDWR);
  }
}

bool is_out_of_memory(const c10::Error& error) {
  return dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr ||
         std::strstr(error.what_without_backtrace(), "allocate memory") != nullptr;
}

}  // namespace

void print(const std::string& text) {
  const size_t written = std::fwrite(text.data(), 1, text.size(), stdout);
  // Only a flush shows whether the bytes got anywhere.
  if (std::fflush(stdout) != 0 || written != text.size() || std::ferror(stdout) != 0) {
    throw data_error("standard output: cannot be written: {}", std::strerror(errno));
  }
}

void leave(int exit_code) {
#ifdef AE_SANITIZED
  std::exit(exit_code);  // what they report, they report at the end
#else
  std::fflush(nullptr);
  std::_Exit(exit_code);
#endif
}

Program::Program(const std::string& name, const std::string& description)
    : name_(name), app_(description, name) {
  open_standard_streams();
  app_.set_version_flag("--version", fmt::format("{} {}", name, version()));
  app_.add_option("--log-level", common_.log_level, "trace, debug, info, warning, error or off")
      ->capture_default_str();
  app_.add_flag("--quiet,-q", common_.quiet, "Only warnings and the result");
  app_.add_flag("--json", common_.json, "The result as one JSON object on stdout; logs on stderr");
  app_.footer(
      "Exit codes: 0 done, 1 internal error, 2 usage or config, 3 data or file, 4 diverged, "
      "5 time limit, 130 and 143 interrupted.");
}

int Program::run(int argc, char** argv, const std::function<int()>& body) {
  const auto fail = [&](const std::string& message, int code) {
    fmt::print(stderr, "{}: {}\n", name_, one_line(message));
    return code;
  };
  try {
    return parse_and_run(argc, argv, body);
  } catch (const CLI::ParseError& error) {
    return fail(first_line(error.what()) + "; see " + name_ + " --help", 2);
  } catch (const Error& error) {
    return fail(error.what(), exit_code(error.kind()));
  } catch (const c10::Error& error) {
    if (is_out_of_memory(error)) {
      return fail("out of memory; take a smaller model, smaller batches or fewer rows", 3);
    }
    return fail("internal error: " + first_line(error.what_without_backtrace()), 1);
  } catch (const std::bad_alloc&) {
    return fail("out of memory; take a smaller model, smaller batches or fewer rows", 3);
  } catch (const std::exception& error) {
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
  // A path may be any bytes; JSON is UTF-8.
  print((common_.json ? json.dump(-1, ' ', false, Json::error_handler_t::replace) : text) + "\n");
}

}  // namespace ae
