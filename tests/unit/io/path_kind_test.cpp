#include "io/path_kind.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "error_matchers.h"
#include "temp_dir.h"

namespace ae {
namespace {

namespace fs = std::filesystem;

TEST(PathKind, TellsEntriesApart) {
  const TempDir dir;
  dir.write("file", "");
  fs::create_symlink("file", dir / "link");
  fs::create_symlink("nowhere", dir / "dangling");
  ASSERT_EQ(::mkfifo((dir / "pipe").c_str(), 0666), 0);
  EXPECT_EQ(path_kind(dir / "absent"), PathKind::absent);
  EXPECT_EQ(path_kind(dir / "file"), PathKind::file);
  EXPECT_EQ(path_kind(dir.path()), PathKind::folder);
  EXPECT_EQ(path_kind(dir / "pipe"), PathKind::other);
  EXPECT_EQ(path_kind(dir / "link"), PathKind::file);
  EXPECT_EQ(path_kind(dir / "dangling"), PathKind::absent);
  EXPECT_EQ(entry_kind(dir / "link"), PathKind::link);
  EXPECT_EQ(link_target(dir / "link"), "file");
  EXPECT_EQ(link_target(dir / "file"), "");
  EXPECT_EQ(link_target(dir / "absent"), "");
}

TEST(PathKind, IsNoAbsenceWhereTheSystemDoesNotTell) {
  const TempDir dir;
  fs::create_symlink("loop", dir / "loop");
  dir.write("file", "");
  for (const fs::path& path : {dir / "loop", dir / "loop/inside", dir / "file/inside"}) {
    EXPECT_THAT([&] { path_kind(path); }, fails_on_data(path.string(), "cannot be accessed"));
  }
  EXPECT_THAT([&] { folder_entries(dir / "loop"); }, fails_on_data("loop: cannot be read"));
  EXPECT_THAT([&] { folder_entries(dir / "file"); }, fails_on_data("file: cannot be read"));
}

TEST(CanonicalPath, FollowsLinksAndKeepsWhatDoesNotExist) {
  const TempDir dir;
  const fs::path root = fs::canonical(dir.path());
  fs::create_directories(dir / "folder/inner");
  fs::create_symlink("folder", dir / "link");
  EXPECT_EQ(canonical_path(dir / "link/inner"), root / "folder/inner");
  EXPECT_EQ(canonical_path(dir / "link/inner/"), root / "folder/inner");
  EXPECT_EQ(canonical_path(dir / "link/none/deep"), root / "folder/none/deep");
  EXPECT_EQ(canonical_path(dir / "folder/../none"), root / "none");
  EXPECT_EQ(canonical_path(""), fs::current_path());
  EXPECT_EQ(canonical_path("none"), fs::current_path() / "none");
  fs::create_symlink("loop", dir / "loop");
  EXPECT_THAT([&] { canonical_path(dir / "loop/x"); }, fails_on_data("loop", "cannot be accessed"));
  EXPECT_TRUE(same_location(dir / "link/none", dir / "folder/none"));
  EXPECT_FALSE(same_location(dir / "link", dir / "folder/none"));
}

TEST(FolderEntries, AreSortedPaths) {
  const TempDir dir;
  for (const char* name : {"b", "c", ".a"}) dir.write(name, "");
  EXPECT_THAT(folder_entries(dir.path()), testing::ElementsAre(dir / ".a", dir / "b", dir / "c"));
  EXPECT_THAT(folder_entries(dir / "absent"), testing::IsEmpty());
}

TEST(SameLocation, FollowsLinksAndMayBeAbsent) {
  const TempDir dir;
  dir.write("file", "");
  fs::create_directory(dir / "folder");
  fs::create_symlink("file", dir / "link");
  fs::create_symlink("folder", dir / "way");
  EXPECT_TRUE(same_location(dir / "file", dir / "link"));
  EXPECT_TRUE(same_location(dir / "folder/new", dir / "way/new"));
  EXPECT_TRUE(same_location(dir / "new", dir / "folder/../new"));
  EXPECT_FALSE(same_location(dir / "file", dir / "new"));
}

}  // namespace
}  // namespace ae
