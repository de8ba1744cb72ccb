#include "cli/program.h"

#include <c10/util/Exception.h>

#include <cstdio>
#include <new>

#include "core/error.h"
#include "core/log.h"
#include "runs/build_info.h"

namespace ae {
namespace {

/// The first line of a message, since what an ATen error goes on with is a backtrace.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

Program::Program(const std::string& name, const std::string& description)
    : name_(name), app_(description, name) {
  app_.set_version_flag("--version", fmt::format("{} {}", name, version()));
  app_.add_option("--log-level", common_.log_level, "trace, debug, info, warning, error or off")
      ->capture_default_str();
  app_.add_flag("--quiet,-q", common_.quiet, "Only warnings and the result");
  app_.add_flag("--json", common_.json, "The result as one JSON object on stdout; logs on stderr");
  app_.footer(
      "Exit codes: 0 done, 1 internal error, 2 usage or config, 3 data or file, 4 diverged, "
      "130 interrupted.");
}

int Program::run(int argc, char** argv, const std::function<int()>& body) {
  const auto fail = [&](const std::string& message, int code) {
    fmt::print(stderr, "{}: {}\n", name_, message);
    return code;
  };
  try {
    app_.parse(argc, argv);
    set_up_log(common_.quiet ? "warning" : common_.log_level,
               common_.json ? LogTarget::standard_error : LogTarget::standard_output);
    return body();
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app_.exit(error);
    return fail(first_line(error.what()) + "; see " + name_ + " --help", 2);
  } catch (const Error& error) {
    return fail(error.what(), exit_code(error.kind()));
  } catch (const c10::Error& error) {
    return fail("internal error: " + first_line(error.what_without_backtrace()), 1);
  } catch (const std::bad_alloc&) {
    return fail("out of memory", 3);
  } catch (const std::exception& error) {
    return fail("internal error: " + first_line(error.what()), 1);
  }
}

void Program::print_result(const Json& json, const std::string& text) const {
  fmt::print("{}\n", common_.json ? json.dump() : text);
}

}  // namespace ae
