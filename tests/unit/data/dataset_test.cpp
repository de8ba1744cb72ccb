#include "data/dataset.h"

#include <gmock/gmock.h>

#include <numeric>

#include "core/random.h"
#include "data/resident_rows.h"
#include "data_folder.h"
#include "error_matchers.h"

namespace ae {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Sources = DataFolder;

TEST_F(Sources, LoadsCsvWithALabelColumn) {
  dir_.write("a.csv", "x,id,y,kind\n1,7,2,dog\n3,8,4,cat\n");
  const Dataset data = load({.path = "a.csv", .labels = "kind", .exclude = {"id"}});
  EXPECT_EQ(data.path, dir_ / "a.csv");
  EXPECT_EQ(data.rows.scalar_type(), at::kFloat);
  EXPECT_THAT(data.rows.sizes().vec(), ElementsAre(2, 2));
  EXPECT_THAT(floats(data.rows), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(data.info.columns, ElementsAre("x", "y"));
  EXPECT_EQ(data.info.count, 2);
  EXPECT_THAT(data.labels.values, ElementsAre(1, 0));
  EXPECT_THAT(data.labels.names, ElementsAre("cat", "dog"));
}

TEST_F(Sources, LoadsCsvByColumnNames) {
  dir_.write("a.csv", "x,y,z\n1,2,3\n");
  EXPECT_THAT(floats(load({.path = "a.csv"}, {"z", "x"}).rows), ElementsAre(3, 1));
}

TEST_F(Sources, LoadsNpyAndLabelsFromAFile) {
  write_npy<uint8_t>("a.npy", NpyType::uint8, {1, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 255});
  dir_.write("labels.csv", "4\n9\n");
  const Dataset data = load({.path = "a.npy", .labels = "labels.csv"});
  EXPECT_EQ(data.rows.scalar_type(), at::kByte);
  EXPECT_THAT(data.rows.sizes().vec(), ElementsAre(2, 4));
  EXPECT_THAT(data.info.shape, ElementsAre(1, 2, 2));
  EXPECT_THAT(floats(data.rows), ElementsAre(1, 2, 3, 4, 5, 6, 7, 255));
  EXPECT_THAT(data.labels.values, ElementsAre(4, 9));
}

TEST_F(Sources, LoadsIdx) {
  dir_.write("a.idx", std::string("\0\0\x08\x03\0\0\0\x02\0\0\0\x01\0\0\0\x02\1\2\3\4", 20));
  const Dataset data = load({.path = "a.idx"});
  EXPECT_THAT(data.info.shape, ElementsAre(1, 1, 2));
  EXPECT_THAT(floats(data.rows), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(data.labels.values, IsEmpty());
}

TEST_F(Sources, LoadsMoreThanOneBlock) {
  std::vector<float> values(700'000);  // 2.8 MB: the first block holds 1 MiB
  std::iota(values.begin(), values.end(), 0.0F);
  write_npy("a.npy", NpyType::float32, {7}, values);
  const Dataset data = load({.path = "a.npy"});
  EXPECT_EQ(data.count(), 100'000);
  EXPECT_EQ(floats(data.rows), values);
}

TEST_F(Sources, RefusesAnotherNumberOfLabels) {
  dir_.write("a.csv", "1,2\n3,4\n");
  dir_.write("labels.csv", "1\n2\n3\n");
  EXPECT_THAT([&] { load({.path = "a.csv", .labels = "labels.csv"}); },
              fails_on_data("labels.csv", "3 labels for 2 rows"));
  EXPECT_THAT([&] { load({.path = "a.csv", .labels = "kind"}); },
              fails_on_data("labels \"kind\" are neither a column nor a file; the columns are"));
}

TEST_F(Sources, FingerprintsTheContent) {
  dir_.write("a.csv", "x,y\n1,2\n");
  dir_.write("b.csv", "x,y\r\n1.0, 2\r\n");
  dir_.write("c.csv", "x,y\n1,3\n");
  const auto fingerprint = [&](const char* name) { return load({.path = name}).fingerprint; };
  EXPECT_EQ(fingerprint("a.csv"), fingerprint("b.csv"));
  EXPECT_NE(fingerprint("a.csv"), fingerprint("c.csv"));
}

TEST_F(Sources, AlignsTextLabelsOfAllSplits) {
  Labels labels{{0, 1, 2}, {"ant", "bee", "cow"}};
  std::vector<std::string> names = {"bee", "dog"};
  align_labels(labels, names);
  EXPECT_THAT(labels.values, ElementsAre(2, 0, 3));
  EXPECT_THAT(names, ElementsAre("bee", "dog", "ant", "cow"));
  EXPECT_EQ(labels.names, names);
  Labels numbers{{5, 6}, {}};
  align_labels(numbers, names);
  EXPECT_THAT(numbers.values, ElementsAre(5, 6));
}

TEST_F(Sources, GatherScaledRows) {
  write_npy<uint8_t>("a.npy", NpyType::uint8, {2}, {0, 51, 102, 153, 204, 255});
  const Dataset bytes = load({.path = "a.npy"});
  const std::vector<int64_t> rows = {2, 0, 2};
  const ResidentRows as_bytes(bytes, {.divisor = 255}, at::kCPU);
  const at::Tensor gathered = as_bytes.gather(rows);
  EXPECT_EQ(gathered.scalar_type(), at::kFloat);
  EXPECT_THAT(gathered.sizes().vec(), ElementsAre(3, 2));
  EXPECT_THAT(floats(gathered), ElementsAre(204 / 255.0F, 1, 0, 51 / 255.0F, 204 / 255.0F, 1));
  EXPECT_THAT(floats(ResidentRows(bytes, {}, at::kCPU).gather(rows)),
              ElementsAre(204, 255, 0, 51, 204, 255));

  write_npy<float>("b.npy", NpyType::float32, {2}, {-1, 1, 3, 5, 7, 9});
  const Dataset floating = load({.path = "b.npy"});
  EXPECT_THAT(floats(ResidentRows(floating, {-1, 4}, at::kCPU).gather(rows)),
              ElementsAre(2, 2.5, 0, 0.5, 2, 2.5));
  EXPECT_THAT(floats(ResidentRows(floating, {}, at::kCPU).gather(rows)),
              ElementsAre(7, 9, -1, 1, 7, 9));
}

TEST_F(Sources, ScaleAsResidentRowsDo) {
  std::vector<float> values(64);
  RandomStream({.seed = 1}).normal(values);
  write_npy("a.npy", NpyType::float32, {8}, values);
  const Dataset data = load({.path = "a.npy"});
  const Scaling scaling{-0.3, 1.7};
  const std::vector<int64_t> all = {0, 1, 2, 3, 4, 5, 6, 7};
  std::vector<float> streamed(64);
  scale_values(values.data(), 64, DType::float32, scaling, streamed.data());
  EXPECT_EQ(streamed, floats(ResidentRows(data, scaling, at::kCPU).gather(all)));
  for (size_t i = 0; i < values.size(); ++i) {
    ASSERT_EQ(streamed[i], scaling.forward(values[i]));
  }
}

}  // namespace
}  // namespace ae
