#include "data/training_range.h"

#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/preprocessing.h"
#include "data/splits.h"

namespace ae {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::Optional;

std::optional<std::string> finding_of(const Preprocessing& data, const std::vector<float>& rows) {
  RangeCheck check(data);
  const int64_t width = data.width();
  check.add(rows.data(), static_cast<int64_t>(rows.size()) / width, DType::float32, 10);
  return check.finding("a.npy");
}

TEST(TrainingRange, AllowsOneWidthBeyondThePooledRange) {
  Preprocessing data{.shape = {2}};
  data.range = {{-1}, {3}};
  EXPECT_EQ(finding_of(data, {-5, 7, 0, 0}), std::nullopt);
  EXPECT_THAT(finding_of(data, {-5, 7, 0, 7.5}),
              Optional(HasSubstr("1 of 2 rows lie outside the range")));
  EXPECT_THAT(finding_of(data, {-5, 7, -5.5, 0}),
              Optional(HasSubstr("row 11, value 0 = -5.5, where training rows have -1 to 3")));
}

TEST(TrainingRange, IsOfEachColumnOfATable) {
  Preprocessing data{.shape = {2}, .columns = {"narrow", "wide"}};
  data.range = {{0, 0}, {0.1, 100}};
  // The width of a column is at least a tenth of all columns' together.
  EXPECT_EQ(finding_of(data, {9, 0}), std::nullopt);
  EXPECT_THAT(finding_of(data, {11, 0}), Optional(HasSubstr("column \"narrow\" = 11")));
  EXPECT_THAT(finding_of(data, {0, 201}), Optional(HasSubstr("column \"wide\" = 201")));
}

TEST(TrainingRange, IsCheckedAfterTheOffset) {
  Preprocessing data{.shape = {1}, .reading_offset = 1e9};
  data.range = {{1e9 - 1}, {1e9 + 1}};
  EXPECT_EQ(finding_of(data, {-3, 3}), std::nullopt);
  EXPECT_THAT(finding_of(data, {3.5}), Optional(HasSubstr("1 of 1 rows")));
}

TEST(TrainingRange, NamesBytesAgainstUnitValues) {
  Preprocessing unit{.shape = {2}};
  unit.range = {{0}, {1}};
  EXPECT_THAT(finding_of(unit, {0, 255}), Optional(HasSubstr("divide them by 255")));
  EXPECT_THAT(finding_of(unit, {0, 25.5F}), Optional(Not(HasSubstr("255"))));
  Preprocessing bytes{.dtype = DType::uint8, .shape = {2}};
  bytes.range = {{0}, {255}};
  EXPECT_THAT(finding_of(bytes, {0, 0.5F}), Optional(HasSubstr("multiply the values by 255")));
  EXPECT_EQ(finding_of(bytes, {0, 0}), std::nullopt);  // a black image
}

TEST(TrainingRange, IsNotCheckedWhereItWasNotRecorded) {
  EXPECT_EQ(finding_of({.shape = {2}}, {1e30F, -1e30F}), std::nullopt);
}

TEST(TrainingRange, IsThatOfTheTrainingRowsAlone) {
  auto data = std::make_shared<Dataset>();
  data->rows = at::tensor({1.0F, 2.0F, 3.0F, 4.0F, 99.0F, 99.0F}).reshape({3, 2});
  data->info.shape = {2};
  const RowSet two{data, {0, 1}};
  EXPECT_EQ(range_of(two, {.shape = {2}}).low, std::vector<double>{1});
  EXPECT_EQ(range_of(two, {.shape = {2}}).high, std::vector<double>{4});
  const Preprocessing table{.shape = {2}, .reading_offset = 10, .columns = {"x", "y"}};
  EXPECT_EQ(range_of(two, table).low, (std::vector<double>{11, 12}));
  EXPECT_EQ(range_of(two, table).high, (std::vector<double>{13, 14}));
  const Preprocessing pixels{.shape = {1, 1, 2}, .columns = {"x", "y"}};
  EXPECT_EQ(range_of(two, pixels).high, std::vector<double>{4});
}

}  // namespace
}  // namespace ae
