#include "io/atomic_directory.h"

#include <gtest/gtest.h>

#include "error_matchers.h"
#include "io/atomic_file.h"
#include "temp_dir.h"

namespace ae {
namespace {

TEST(AtomicDirectory, AppearsAtCommit) {
  const TempDir dir;
  AtomicDirectory folder(dir / "step_1/");
  write_text_atomically(folder.path() / "file", "new");
  EXPECT_FALSE(std::filesystem::exists(dir / "step_1"));
  folder.commit();
  EXPECT_EQ(folder.path(), dir / "step_1");
  EXPECT_EQ(bytes_of(dir.path() / "step_1" / "file"), "new");
  EXPECT_EQ(dir.entries(), 1u);
  EXPECT_THAT([&] { folder.commit(); }, fails_with(ErrorKind::internal, "twice"));
}

TEST(AtomicDirectory, LeavesNothingWithoutCommit) {
  const TempDir dir;
  {
    const AtomicDirectory folder(dir / "step_1");
    write_text_atomically(folder.path() / "file", "new");
    EXPECT_EQ(dir.entries(), 1u);
  }
  EXPECT_EQ(dir.entries(), 0u);
}

TEST(AtomicDirectory, KeepsAFolderThatHasTheName) {
  const TempDir dir;
  std::filesystem::create_directory(dir / "run");
  {
    AtomicDirectory folder(dir / "run");
    write_text_atomically(folder.path() / "file", "new");
    EXPECT_THAT([&] { folder.commit(); }, fails_on_data("run: already exists"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(dir / "run"));
  EXPECT_EQ(dir.entries(), 1u);
}

TEST(AtomicDirectory, TakesAFoldersPlaceAndHandsItOver) {
  const TempDir dir;
  std::filesystem::create_directories(dir.path() / "run" / "deep");
  write_text_atomically(dir.path() / "run" / "deep" / "old", "old");
  AtomicDirectory folder(dir / "run");
  write_text_atomically(folder.path() / "file", "new");
  std::string handed_over;
  folder.commit_replacing([&](const std::filesystem::path& old) {
    handed_over = bytes_of(old / "deep" / "old");
    EXPECT_EQ(bytes_of(dir.path() / "run" / "file"), "new")
        << "the new folder has the name by then";
    std::filesystem::remove_all(old);
  });
  EXPECT_EQ(handed_over, "old");
  EXPECT_FALSE(std::filesystem::exists(dir.path() / "run" / "deep"));
  EXPECT_EQ(dir.entries(), 1u);
}

TEST(AtomicDirectory, ReplacesNothingButFolders) {
  const TempDir dir;
  const auto file = dir.write("run", "precious");
  AtomicDirectory folder(file);
  EXPECT_THAT([&] { folder.commit_replacing([](const auto&) { FAIL(); }); },
              fails_on_data("run: is not a folder"));
  EXPECT_EQ(bytes_of(file), "precious");
}

TEST(AtomicDirectory, NeedsItsParent) {
  const TempDir dir;
  EXPECT_THAT([&] { AtomicDirectory folder(dir.path() / "absent" / "run"); },
              fails_on_data("absent/run: folder cannot be created: No such file"));
}

}  // namespace
}  // namespace ae
