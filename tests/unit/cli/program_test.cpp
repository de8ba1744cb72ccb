#include "cli/program.h"

#include <c10/util/Exception.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdio_ext.h>

#include <csignal>
#include <filesystem>
#include <limits>
#include <new>
#include <system_error>

#include "captured_stream.h"
#include "core/log.h"
#include "core/utf8.h"
#include "error_matchers.h"
#include "run_directory/build_info.h"

namespace ae {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

/// How a program ended, and what it wrote.
struct Ending {
  int code = -1;
  std::string out;
  std::string err;
};

/// Runs a program named ae-test that takes --size, a number up to 9.
Ending run_program(std::vector<std::string> arguments,
                   const std::function<int(const Program&)>& body) {
  arguments.insert(arguments.begin(), "folder/ae-test");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  const CapturedStream out(stdout);
  const CapturedStream err(stderr);
  Program program("ae-test", "Tries things out.");
  int64_t size = 1;
  program.app().add_option("--size", size, "How large")->check(whole_number(1, 9));
  const int code =
      program.run(static_cast<int>(argv.size()), argv.data(), [&] { return body(program); });
  return {code, out.text(), err.text()};
}

template <class Exception>
Ending ending_by(const Exception& exception) {
  return run_program({}, [&](const Program& /*program*/) -> int { throw exception; });
}

MATCHER_P2(ends_with_error, code, line, "") {
  *result_listener << "exit code " << arg.code << ", stderr " << arg.err;
  return arg.code == code && arg.out.empty() && arg.err == std::string(line) + "\n";
}

TEST(Program, EndsWithTheExitCodeOfEachKindOfErrorAndItsMessage) {
  const std::pair<ErrorKind, int> codes[] = {{ErrorKind::internal, 1},
                                             {ErrorKind::usage, 2},
                                             {ErrorKind::data, 3},
                                             {ErrorKind::diverged, 4},
                                             {ErrorKind::time_limit, 5}};
  for (const auto& [kind, code] : codes) {
    EXPECT_THAT(ending_by(Error(kind, "rows.csv: what it is")),
                ends_with_error(code, "ae-test: rows.csv: what it is"));
  }
}

TEST(Program, EndsWithTheCodeThatItsBodyReturns) {
  for (const int code : {0, 5, 130}) {
    const Ending ending = run_program({}, [&](const Program& /*program*/) { return code; });
    EXPECT_EQ(ending.code, code);
    EXPECT_EQ(ending.out + ending.err, "");
  }
}

TEST(Program, WritesAMessageAsOneLine) {
  EXPECT_THAT(ending_by(data_error("a\nb\x1b[2J: is missing")),
              ends_with_error(3, "ae-test: a\\nb\\x1b[2J: is missing"));
}

TEST(Program, CutsTheMiddleOutOfALongMessage) {
  const std::string whole(1900, 'a');
  EXPECT_THAT(ending_by(data_error("{}", whole)), ends_with_error(3, "ae-test: " + whole));
  // Where characters of two bytes lie across both cuts, after byte 1,400 and 500 from the end.
  std::string message = "x";
  for (int i = 0; i < 1000; ++i) message += "ä";
  message += "y";
  const Ending ending = ending_by(data_error("{}", message));
  EXPECT_THAT(ending, ends_with_error(
                          3, "ae-test: " + message.substr(0, 1399) + " … " + message.substr(1503)));
  EXPECT_TRUE(is_utf8(ending.err));
}

TEST(Program, TakesOtherErrorsForInternalOnesWithoutTheirBacktraces) {
  EXPECT_THAT(ending_by(std::runtime_error("it broke\nat line 3")),
              ends_with_error(1, "ae-test: internal error: it broke"));
  const Ending aten = run_program(
      {}, [](const Program& /*program*/) -> int { TORCH_CHECK(false, "shapes differ\nbadly"); });
  EXPECT_THAT(aten, ends_with_error(1, "ae-test: internal error: shapes differ"));
}

TEST(Program, KnowsALackOfMemoryByAllItsNames) {
  const auto is_told = ends_with_error(
      3, "ae-test: out of memory; choose a smaller model, smaller batches or fewer rows");
  EXPECT_THAT(ending_by(std::bad_alloc()), is_told);
  EXPECT_THAT(ending_by(std::runtime_error("could not create a primitive")), is_told);
  EXPECT_THAT(run_program({},
                          [](const Program& /*program*/) -> int {
                            TORCH_CHECK_WITH(OutOfMemoryError, false, "CUDA has none");
                          }),
              is_told);
  EXPECT_THAT(run_program({},
                          [](const Program& /*program*/) -> int {
                            TORCH_CHECK(false, "DefaultCPUAllocator: can't allocate memory: 8 TB");
                          }),
              is_told);
}

TEST(Program, NamesTheFileOrTheLimitThatTheSystemRefused) {
  const std::error_code denied = std::make_error_code(std::errc::permission_denied);
  EXPECT_THAT(ending_by(std::filesystem::filesystem_error("rename", "a/b", denied)),
              ends_with_error(3, "ae-test: a/b: Permission denied"));
  const std::error_code again = std::make_error_code(std::errc::resource_unavailable_try_again);
  EXPECT_THAT(ending_by(std::system_error(again)),
              ends_with_error(3, "ae-test: system error: " + again.message() +
                                     "; its limits (ulimit -a) may be too low"));
}

TEST(Program, RefusesArgumentsThatItDoesNotKnowBeforeItsBodyRuns) {
  const auto fails_of = [](const std::vector<std::string>& arguments) {
    return run_program(arguments, [](const Program& /*program*/) -> int {
      ADD_FAILURE() << "ran";
      return 0;
    });
  };
  const Ending unknown = fails_of({"--colour"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_EQ(unknown.out, "");
  EXPECT_THAT(unknown.err, AllOf(StartsWith("ae-test: "), HasSubstr("--colour"),
                                 EndsWith("; see ae-test --help\n")));
  const Ending large = fails_of({"--size", "10"});
  EXPECT_EQ(large.code, 2);
  EXPECT_THAT(large.err, AllOf(StartsWith("ae-test: --size: "),
                               HasSubstr("\"10\": expected a whole number from 1 to 9")));
  EXPECT_THAT(fails_of({"--log-level", "loud"}),
              ends_with_error(2,
                              "ae-test: --log-level loud: unknown; expected trace, debug, info, "
                              "warning, error or off"));
}

TEST(Program, PrintsHelpAndVersionInsteadOfRunning) {
  const auto body = [](const Program& /*program*/) -> int {
    ADD_FAILURE() << "ran";
    return 1;
  };
  const Ending help = run_program({"--help"}, body);
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.out,
              AllOf(HasSubstr("Tries things out."), HasSubstr("--size"), HasSubstr("--log-level"),
                    HasSubstr("4 training diverged, 5 time limit")));
  const Ending told = run_program({"--version"}, body);
  EXPECT_EQ(told.code, 0);
  EXPECT_EQ(told.out, std::string("ae-test ") + version() + "\n");
  EXPECT_EQ(help.err + told.err, "");
}

TEST(Program, PrintsItsResultAsTextOrAsJsonAndLogsBesideIt) {
  const auto body = [](const Program& program) {
    spdlog::debug("looked");
    spdlog::info("learned");
    spdlog::warn("stumbled");
    program.print_result({{"path", "\xff/a"}, {"rows", 3}}, "3 rows");
    return 0;
  };
  const Ending text = run_program({}, body);
  EXPECT_EQ(text.out, "learned\nwarning: stumbled\n3 rows\n");
  EXPECT_EQ(text.err, "");
  // A path may be any bytes, which JSON cannot hold.
  const std::string json = "{\"path\":\"\xef\xbf\xbd/a\",\"rows\":3}\n";
  const Ending as_json = run_program({"--json"}, body);
  EXPECT_EQ(as_json.out, json);
  EXPECT_EQ(as_json.err, "learned\nwarning: stumbled\n");
  const Ending quiet = run_program({"--json", "-q"}, body);
  EXPECT_EQ(quiet.out, json);
  EXPECT_EQ(quiet.err, "warning: stumbled\n");
  EXPECT_EQ(run_program({"--log-level", "debug"}, body).out,
            "looked\nlearned\nwarning: stumbled\n3 rows\n");
  EXPECT_EQ(run_program({"--log-level", "off"}, body).out, "3 rows\n");
}

TEST(Print, WritesAllBytes) {
  const CapturedStream out(stdout);
  const std::string text = std::string("a\0b", 3) + std::string(100'000, 'x');
  print(text);
  print("\n");
  EXPECT_EQ(out.text(), text + "\n");
}

TEST(Print, FailsOnAFullDisk) {
  const auto print_there = [] {
    const CapturedStream full(stdout, "/dev/full");
    try {
      print("text");
    } catch (...) {
      __fpurge(stdout);
      throw;
    }
  };
  EXPECT_THAT(print_there, fails_on_data("standard output: cannot be written: No space left"));
}

TEST(Print, IsContentWhereTheReaderHasLeft) {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ::close(ends[0]);
  {
    const CapturedStream left(stdout, "/dev/fd/" + std::to_string(ends[1]));
    EXPECT_NO_THROW(print("text"));
    __fpurge(stdout);
  }
  ::close(ends[1]);
  std::signal(SIGPIPE, before);
}

TEST(LeaveDeathTest, WritesWhatIsBufferedAndEndsWithTheExitCode) {
  const CapturedStream out(stdout);
  EXPECT_EXIT(
      {
        std::fputs("kept", stdout);
        exit_process(7);
      },
      testing::ExitedWithCode(7), "");
  EXPECT_EQ(out.text(), "kept");
}

std::string complaint(const CLI::Validator& validator, std::string text) { return validator(text); }

TEST(NotEmpty, RefusesTheEmptyTextAlone) {
  EXPECT_EQ(complaint(not_empty(), ""), "is empty; expected a name");
  EXPECT_EQ(complaint(not_empty(), " "), "");
  EXPECT_EQ(complaint(not_empty(), "a/b"), "");
}

TEST(WholeNumber, TakesDigitsBetweenItsBounds) {
  for (const char* text : {"5", "6", "10", "007"}) {
    EXPECT_EQ(complaint(whole_number(5, 10), text), "") << text;
  }
  for (const char* text : {"4", "11", "", "-6", "+6", " 6", "6 ", "6.0", "6e0", "0x6", "six",
                           "18446744073709551622"}) {
    EXPECT_EQ(complaint(whole_number(5, 10), text),
              "\"" + std::string(text) + "\": expected a whole number from 5 to 10");
  }
  constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
  EXPECT_EQ(complaint(whole_number(0, kMost), "18446744073709551615"), "");
  EXPECT_EQ(complaint(whole_number(0, kMost), "0"), "");
  EXPECT_EQ(complaint(whole_number(0, kMost), "18446744073709551616"),
            "\"18446744073709551616\": expected a whole number from 0 to 18446744073709551615");
}

}  // namespace
}  // namespace ae
