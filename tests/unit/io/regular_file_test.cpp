#include "io/regular_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "error_matchers.h"
#include "io/line_reader.h"
#include "temp_dir.h"

namespace ae {
namespace {

TEST(RegularFile, IsReadWhole) {
  const TempDir dir;
  const std::string bytes(200'000, 'x');
  dir.write("file", bytes);
  EXPECT_EQ(read_regular_file(dir / "file", bytes.size()), bytes);
  EXPECT_THAT([&] { read_regular_file(dir / "file", bytes.size() - 1); },
              fails_on_data("file: has 200000 bytes; expected at most 199999"));
}

/// Reading a pipe could block for ever, and a device may never end.
TEST(RegularFile, IsNeitherPipeNorDeviceNorFolder) {
  const TempDir dir;
  ASSERT_EQ(::mkfifo((dir / "pipe").c_str(), 0666), 0);
  EXPECT_THAT([&] { RegularFile(dir / "pipe"); }, fails_on_data("pipe: is a device or pipe"));
  EXPECT_THAT([] { RegularFile("/dev/zero"); }, fails_on_data("/dev/zero: is a device or pipe"));
  EXPECT_THAT([&] { RegularFile(dir.path()); }, fails_on_data("is a folder"));
  EXPECT_THAT([&] { RegularFile(dir / "absent"); }, fails_on_data("absent: no such file"));
}

TEST(RegularFile, OfManyGigabytesIsRefusedUnread) {
  const TempDir dir;
  dir.write("sparse", "{}");
  std::filesystem::resize_file(dir / "sparse", uint64_t{20} << 30);
  EXPECT_THAT([&] { read_regular_file(dir / "sparse", 1 << 20); },
              fails_on_data("sparse: has 21474836480 bytes; expected at most 1048576"));
}

TEST(LineReader, GivesLinesAndTellsTheUnfinishedOne) {
  const TempDir dir;
  const std::string longest(LineReader::kMaxLineBytes, 'x');
  dir.write("lines", "one\n\n" + longest + "\nlast");
  LineReader lines(dir / "lines");
  std::string line;
  for (const std::string& expected : {std::string("one"), std::string(), longest}) {
    ASSERT_TRUE(lines.next(line));
    EXPECT_EQ(line, expected);
    EXPECT_TRUE(lines.is_whole());
  }
  ASSERT_TRUE(lines.next(line));
  EXPECT_EQ(line, "last");
  EXPECT_FALSE(lines.is_whole());
  EXPECT_EQ(lines.number(), 4);
  EXPECT_FALSE(lines.next(line));
}

TEST(LineReader, RefusesALineWithoutEnd) {
  const TempDir dir;
  dir.write("lines", "one\n" + std::string(LineReader::kMaxLineBytes + 1, 'x') + "\n");
  LineReader lines(dir / "lines");
  std::string line;
  ASSERT_TRUE(lines.next(line));
  EXPECT_THAT([&] { lines.next(line); }, fails_on_data("lines: line 2 is longer than 1048576"));
}

}  // namespace
}  // namespace ae
