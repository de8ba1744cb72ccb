#include "io/atomic_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "error_matchers.h"
#include "io/temporary_name.h"
#include "temp_dir.h"

namespace ae {
namespace {

TEST(AtomicFile, AppearsAtCommitWithAllOfItsBytes) {
  const TempDir dir;
  std::string expected;
  AtomicFile file(dir / "out");
  for (const size_t n : {size_t{10}, size_t{300'000}, size_t{0}, size_t{1000}, size_t{261'000}}) {
    const std::string piece(n, static_cast<char>('a' + n % 7));
    file.write(piece.data(), piece.size());
    expected += piece;
  }
  file.write_at(3, "XYZ", 3);
  expected.replace(3, 3, "XYZ");
  EXPECT_FALSE(std::filesystem::exists(dir / "out"));
  file.commit();
  EXPECT_TRUE(bytes_of(dir / "out") == expected);
  EXPECT_EQ(dir.entries(), 1u);
}

TEST(AtomicFile, WritesOnAtItsEndAfterWriteAt) {
  const TempDir dir;
  AtomicFile file(dir / "out");
  file.write("0123", 4);
  file.write_at(0, "A", 1);
  file.write("4567", 4);
  file.commit();
  EXPECT_EQ(bytes_of(dir / "out"), "A1234567");
}

TEST(AtomicFile, LeavesNothingWithoutCommit) {
  const TempDir dir;
  dir.write("out", "old");
  {
    AtomicFile file(dir / "out");
    file.write("new", 3);
    EXPECT_EQ(dir.entries(), 2u);
  }
  EXPECT_EQ(bytes_of(dir / "out"), "old");
  EXPECT_EQ(dir.entries(), 1u);
}

TEST(AtomicFile, ReplacesAndSurvivesBeingMoved) {
  const TempDir dir;
  dir.write("out", "old");
  AtomicFile first(dir / "out");
  first.write("ne", 2);
  AtomicFile second(std::move(first));
  second.write("w", 1);
  second.commit();
  EXPECT_EQ(bytes_of(dir / "out"), "new");
  EXPECT_EQ(dir.entries(), 1u);
  EXPECT_THAT([&] { second.commit(); }, fails_with(ErrorKind::internal, "twice"));
  EXPECT_THAT([&] { second.write("x", 1); }, fails_with(ErrorKind::internal, "after commit"));
}

TEST(AtomicFile, HasThePermissionsOfAnyNewFile) {
  const TempDir dir;
  const mode_t mask = ::umask(027);
  write_text_atomically(dir / "out", "text");
  ::umask(mask);
  struct stat status{};
  ASSERT_EQ(::stat((dir / "out").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
}

TEST(AtomicFile, TakesNamesUpToTheLongestThereMayBe) {
  const TempDir dir;
  const std::string name(255, 'n');
  write_text_atomically(dir / name, "text");
  EXPECT_EQ(bytes_of(dir / name), "text");
}

TEST(AtomicFile, RefusesWhatIsNoPlaceForAFile) {
  const TempDir dir;
  EXPECT_THAT(
      [&] { AtomicFile file(dir.path() / "absent" / "out"); },
      fails_on_data("absent/out: cannot be written: No such file", "create the folder first"));
  EXPECT_THAT([&] { AtomicFile file(dir.path()); }, fails_on_data("is a folder"));
  EXPECT_THAT([&] { AtomicFile file("/dev/null"); }, fails_on_data("/dev/null: is a device"));
}

TEST(AtomicFile, SaysWhatTheSystemAnsweredAndLeavesNothing) {
  const TempDir dir;
  dir.write("out", "old");
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{100'000, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string bytes(400'000, 'x');
  EXPECT_THAT(
      [&] {
        AtomicFile file(dir / "out");
        file.write(bytes.data(), bytes.size());
        file.commit();
      },
      fails_on_data("out: cannot be written: File too large"));
  EXPECT_THAT(
      [&] {
        AtomicFile file(dir / "out");
        file.write(bytes.data(), 200'000);  // fails when the buffer is written, in commit()
        file.commit();
      },
      fails_on_data("out: cannot be written: File too large"));
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(bytes_of(dir / "out"), "old");
  EXPECT_EQ(dir.entries(), 1u);
}

TEST(ReplaceSymlink, MakesAndReplacesLinksOnly) {
  const TempDir dir;
  replace_symlink(dir / "last", "step_1");
  EXPECT_EQ(std::filesystem::read_symlink(dir / "last"), "step_1");
  replace_symlink(dir / "last", "step_2");
  EXPECT_EQ(std::filesystem::read_symlink(dir / "last"), "step_2");
  EXPECT_EQ(dir.entries(), 1u);
  const auto file = dir.write("file", "precious");
  EXPECT_THAT([&] { replace_symlink(file, "step_2"); }, fails_on_data("is not a symbolic link"));
  EXPECT_EQ(bytes_of(file), "precious");
  EXPECT_THAT([&] { replace_symlink(dir.path() / "absent" / "last", "step_2"); },
              fails_on_data("cannot be created: No such file"));
}

TEST(TemporaryName, IsBesideTheFileDiffersAndIsRecognised) {
  const auto first = temporary_name("folder/model.bin");
  EXPECT_EQ(first.parent_path(), "folder");
  EXPECT_NE(first, temporary_name("folder/model.bin"));
  EXPECT_TRUE(is_temporary_name(first));
  EXPECT_FALSE(is_temporary_name("model.bin"));
  EXPECT_FALSE(is_temporary_name(".model.tmp"));
  EXPECT_FALSE(is_temporary_name(".model.0123456789abcdeX.tmp"));
  EXPECT_FALSE(is_temporary_name("model.0123456789abcdef.tmp"));
}

}  // namespace
}  // namespace ae
