#include "io/noted_temporary.h"

#include <gtest/gtest.h>

#include <optional>

#include "io/atomic_directory.h"
#include "io/atomic_file.h"
#include "temp_dir.h"

namespace ae {
namespace {

namespace fs = std::filesystem;

TEST(NotedTemporary, IsRemovedOnRequestWhileItLives) {
  const TempDir dir;
  std::optional<NotedTemporary> noted(dir.write("a", ""));
  const NotedTemporary moved = std::move(*noted);
  noted.reset();
  const fs::path forgotten = dir.write("b", "");
  {
    const NotedTemporary gone(forgotten);
  }
  remove_noted_temporaries();
  EXPECT_FALSE(fs::exists(dir / "a"));
  EXPECT_TRUE(fs::exists(dir / "b"));
}

TEST(NotedTemporary, IsWhatAnUnfinishedFileOrFolderHas) {
  const TempDir dir;
  AtomicDirectory folder(dir / "folder");
  AtomicFile inside(folder.path() / "file");
  AtomicFile beside(dir / "file");
  AtomicFile done(dir / "done");
  done.commit();
  EXPECT_EQ(dir.entries(), 3u);
  remove_noted_temporaries();
  EXPECT_EQ(dir.entries(), 1u);
  EXPECT_TRUE(fs::exists(dir / "done"));
}

TEST(NotedTemporary, BeyondAllSlotsIsPassedBy) {
  const TempDir dir;
  std::vector<NotedTemporary> noted;
  for (int i = 0; i < 300; ++i) noted.emplace_back(dir / ("x" + std::to_string(i)));
  noted.emplace_back(fs::path(std::string(5000, 'x')));
  remove_noted_temporaries();
}

}  // namespace
}  // namespace ae
