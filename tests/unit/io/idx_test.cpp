#include "io/formats/idx.h"

#include <gtest/gtest.h>

#include <limits>

#include "content.h"
#include "error_matchers.h"
#include "temp_dir.h"

namespace ae {
namespace {

using testing::ElementsAre;

TEST(Idx, ReadsEveryType) {
  const TempDir dir;
  const auto values = [&](unsigned char type, const std::string& data) {
    for (const bool compressed : {false, true}) {
      const std::string file = idx(type, {3, 1}, data);
      const Table table = read_all(dir.write("a-idx", compressed ? gzipped(file) : file));
      EXPECT_EQ(table.info.dtype, type == 0x08 ? DType::uint8 : DType::float32);
      EXPECT_EQ(table.rows, 3);
      if (compressed) return table.values;
    }
    return std::vector<double>();
  };
  EXPECT_THAT(values(0x08, bytes_of_numbers<uint8_t>({0, 1, 255})), ElementsAre(0, 1, 255));
  EXPECT_THAT(values(0x09, bytes_of_numbers<int8_t>({0, -1, 127})), ElementsAre(0, -1, 127));
  EXPECT_THAT(values(0x0b, bytes_of_numbers<int16_t>({0, -2, 300}, true)), ElementsAre(0, -2, 300));
  EXPECT_THAT(values(0x0c, bytes_of_numbers<int32_t>({0, -2, 70000}, true)),
              ElementsAre(0, -2, 70000));
  EXPECT_THAT(values(0x0d, bytes_of_numbers<float>({0, -2.5, 1e30f}, true)),
              ElementsAre(0, -2.5, 1e30f));
  EXPECT_THAT(values(0x0e, bytes_of_numbers<double>({0, -2.5, 1e30}, true)),
              ElementsAre(0, -2.5, 1e30f));
}

TEST(Idx, PutsAChannelAxisBeforeImages) {
  const TempDir dir;
  const auto shape = [&](const std::vector<uint32_t>& sizes, size_t n) {
    return read_all(dir.write("a-idx", idx(0x08, sizes, std::string(n, '\1')))).info.shape;
  };
  EXPECT_THAT(shape({6}, 6), ElementsAre(1));
  EXPECT_THAT(shape({2, 3}, 6), ElementsAre(3));
  EXPECT_THAT(shape({2, 3, 4}, 24), ElementsAre(1, 3, 4));
  EXPECT_THAT(shape({2, 3, 2, 2}, 24), ElementsAre(3, 2, 2));
}

TEST(Idx, NoticesTruncationAtEveryLength) {
  const TempDir dir;
  const std::string file = idx(0x0b, {2, 2, 3}, std::string(24, '\1'));
  for_each_truncation(file, [&](std::string_view part) {
    EXPECT_THAT([&] { read_all(dir.write("a-idx", part)); }, fails_on_data("a-idx")) << part.size();
    EXPECT_THAT([&] { read_all(dir.write("a-idx", gzipped(part))); }, fails_on_data("a-idx"))
        << part.size();
  });
}

TEST(Idx, ChecksDeclaredSizes) {
  const TempDir dir;
  const auto read = [&](const std::string& file) {
    const auto path = dir.write("a-idx", file);
    return [path] { read_all(path); };
  };
  EXPECT_THAT(read(idx(0x08, {2, 3}, "abcdefg")),
              fails_on_data("trailing bytes", "(2, 3) of uint8"));
  EXPECT_THAT(read(gzipped(idx(0x08, {2, 3}, "abcdefg"))), fails_on_data("bytes follow the last"));
  EXPECT_THAT(read(idx(0x08, {0, 3}, "")), fails_on_data("holds no rows"));
  EXPECT_THAT(read(idx(0x08, {3, 0}, "")), fails_on_data("rows hold no numbers"));
  const uint32_t most = std::numeric_limits<uint32_t>::max();
  EXPECT_THAT(read(idx(0x0e, {most, most, most}, "abc")),
              fails_on_data("more than a file can hold"));
  EXPECT_THAT(read(idx(0x08, {most, 70000}, "abc")), fails_on_data("cut short"));
  EXPECT_THAT(read(idx(0x08, std::vector<uint32_t>(9, 1), "a")), fails_on_data("9 axes"));
}

TEST(Idx, RefusesNumbersThatAreNotFinite) {
  const TempDir dir;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto path =
      dir.write("a-idx", idx(0x0d, {2, 1, 2}, bytes_of_numbers<float>({0, 1, nan, 3}, true)));
  EXPECT_THAT([&] { read_all(path); }, fails_on_data("a-idx: at index [1, 0, 0]: NaN"));
}

TEST(Idx, HasNoNamedColumns) {
  const TempDir dir;
  const auto path = dir.write("a-idx", idx(0x08, {1}, "a"));
  EXPECT_THAT([&] { open_rows(path, {.exclude = {"id"}}); },
              fails_with(ErrorKind::usage, "column \"id\"", "IDX files have no named columns"));
}

}  // namespace
}  // namespace ae
