#include "io/formats/labels.h"

#include <gtest/gtest.h>

#include "content.h"
#include "error_matchers.h"
#include "io/formats/label_texts.h"
#include "temp_dir.h"

namespace ae {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LabelFile : public testing::Test {
 protected:
  Labels read(std::string_view bytes, std::optional<int64_t> rows = {}) {
    return read_labels(dir_.write("labels", bytes), rows);
  }
  auto reading(std::string_view bytes, std::optional<int64_t> rows = {}) {
    const auto path = dir_.write("labels", bytes);
    return [path, rows] { read_labels(path, rows); };
  }

  TempDir dir_;
};

TEST_F(LabelFile, ReadsIdx) {
  EXPECT_THAT(read(idx(0x08, {3}, "\7\2\xff")).values, ElementsAre(7, 2, 255));
  EXPECT_THAT(read(gzipped(idx(0x08, {3}, "\7\2\1"))).values, ElementsAre(7, 2, 1));
  EXPECT_THAT(read(idx(0x0c, {2}, bytes_of_numbers<int32_t>({-5, 70000}, true))).values,
              ElementsAre(-5, 70000));
  EXPECT_THAT(read(idx(0x08, {3}, "\7\2\1")).names, IsEmpty());
}

TEST_F(LabelFile, ReadsNpyWithoutLoss) {
  const std::vector<int64_t> values = {INT64_MIN, (int64_t{1} << 53) + 1, INT64_MAX};
  EXPECT_EQ(read(npy("<i8", "3,", bytes_of_numbers(values))).values, values);
  EXPECT_EQ(read(npy(">i8", "3, 1", bytes_of_numbers(values, true), true)).values, values);
  EXPECT_THAT(read(npy("|b1", "2,", std::string("\1\0", 2))).values, ElementsAre(1, 0));
}

TEST_F(LabelFile, RefusesArraysThatAreNoLabels) {
  EXPECT_THAT(reading(npy("<f4", "1,", "abcd")),
              fails_on_data("type float32; expected integers", "astype"));
  EXPECT_THAT(reading(npy("|u1", "2, 2", "abcd")), fails_on_data("shape (2, 2)", "(N) or (N, 1)"));
  EXPECT_THAT(reading(npy("|u1", "", "a")), fails_on_data("expected one per row"));
  EXPECT_THAT(reading(npy("<u8", "1,", bytes_of_number(UINT64_MAX))), fails_on_data("index 0"));
  EXPECT_THAT(reading(npy("|u1", "0,", "")), fails_on_data("holds no rows"));
  EXPECT_THAT(reading(npy("|u1", "2,", "abc")), fails_on_data("trailing bytes"));
  EXPECT_THAT(reading(gzipped(npy("|u1", "2,", "abc"))), fails_on_data("follow the last of 2"));
  EXPECT_THAT(reading(gzipped(npy("|u1", "2,", "a"))), fails_on_data("cut short in the labels"));
}

TEST_F(LabelFile, ReadsCsvOfNumbers) {
  EXPECT_THAT(read("3\n1\n2\n").values, ElementsAre(3, 1, 2));
  EXPECT_THAT(read("label\n3\n1\n2\n").values, ElementsAre(3, 1, 2));
  EXPECT_THAT(read("\"label\"\r\n3\r\n-1\r\n").values, ElementsAre(3, -1));
  EXPECT_THAT(read("3.000000e+00\n1.000000e+00\n").values, ElementsAre(3, 1));  // numpy.savetxt
  EXPECT_THAT(read("9223372036854775807\n").values, ElementsAre(INT64_MAX));
}

TEST_F(LabelFile, ReadsCsvOfText) {
  const Labels labels = read("dog\ncat\ndog\ncat\n");
  EXPECT_THAT(labels.values, ElementsAre(1, 0, 1, 0));
  EXPECT_THAT(labels.names, ElementsAre("cat", "dog"));
  EXPECT_THAT(read("species\ndog\ncat\ndog\ncat\n").values, ElementsAre(1, 0, 1, 0));
}

TEST_F(LabelFile, TellsAHeaderBySettledRowCount) {
  // Each text occurs once: only the row count decides whether the first is a header.
  EXPECT_THAT(read("kind\nant\nbee\n", 3).names, ElementsAre("ant", "bee", "kind"));
  EXPECT_THAT(read("kind\nant\nbee\n", 2).names, ElementsAre("ant", "bee"));
  EXPECT_THAT(read("kind\nant\nbee\n").names, ElementsAre("ant", "bee", "kind"));
}

TEST_F(LabelFile, RefusesCsvThatIsNoColumnOfLabels) {
  EXPECT_THAT(reading("a,b\n1,2\n"), fails_on_data("line 1 has 2 fields; expected one column"));
  EXPECT_THAT(reading("a\n\"\"\nb\n"), fails_on_data("line 2: empty label"));
  EXPECT_THAT(reading("\n"), fails_on_data("holds no labels"));
}

TEST_F(LabelFile, RefusesAnotherNumberOfLabels) {
  EXPECT_THAT(reading("1\n2\n", 3), fails_on_data("2 labels for 3 rows"));
  EXPECT_THAT(reading(idx(0x08, {1}, "a"), 60'000), fails_on_data("1 labels for 60,000 rows"));
  // Refused before the rest, which may be large if compressed, is read.
  EXPECT_THAT(reading("a\n1\n2\n\"", 1), fails_on_data("more than 1 labels for 1 rows"));
  EXPECT_EQ(read("1\n2\n", 2).values.size(), 2u);
}

TEST(LabelTexts, EndBeforeMemoryDoes) {
  const auto filling = [](const std::string& text, LabelTexts& texts) {
    return [&texts, text] {
      for (int i = 0; i < 10'000'000; ++i) texts.add("labels.csv", text);
    };
  };
  constexpr auto kRefused = "labels.csv: no memory for more than ";
  LabelTexts many([] { return int64_t{200} << 20; });  // refused before the block that exceeds it
  EXPECT_THAT(filling("1", many), fails_on_data(kRefused, "use fewer rows"));
  EXPECT_GT(many.all().size(), 1'000'000U);
  LabelTexts longer([] { return int64_t{20} << 20; });
  EXPECT_THAT(filling(std::string(1000, 'a'), longer), fails_on_data(kRefused));
  EXPECT_LT(longer.all().size(), 20'000U);
}

TEST(LabelsFromText, NumbersOrCategories) {
  EXPECT_THAT(labels_from_text({"10", " 9", "+8"}).values, ElementsAre(10, 9, 8));
  const Labels mixed = labels_from_text({"10", "9", "b"});
  EXPECT_THAT(mixed.values, ElementsAre(0, 1, 2));
  EXPECT_THAT(mixed.names, ElementsAre("10", "9", "b"));
  EXPECT_THAT(labels_from_text({"1.5", "2"}).names, ElementsAre("1.5", "2"));
  EXPECT_THAT(labels_from_text({}).values, IsEmpty());
}

}  // namespace
}  // namespace ae
