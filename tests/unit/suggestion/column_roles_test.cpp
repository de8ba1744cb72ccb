#include "suggestion/column_roles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "core/error.h"
#include "temp_dir.h"

namespace ae {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Roles of 30 rows whose cells are made from their number.
ColumnRoles roles_of(const std::string& header,
                     const std::function<std::string(int)>& cells_of_row) {
  const TempDir dir;
  std::string text = header + "\n";
  for (int row = 0; row < 30; ++row) text += cells_of_row(row) + "\n";
  return column_roles(sample_table(dir.write("t.csv", text)).value());
}

std::vector<std::string> names_of(const std::vector<ColumnRoles::Named>& columns) {
  std::vector<std::string> names;
  for (const auto& column : columns) names.push_back(column.name);
  return names;
}

TEST(ColumnRoles, TellIdsDatesAndLabelsFromData) {
  const ColumnRoles roles = roles_of("row,code,seen,x,kind,ok,species", [](int row) {
    return fmt::format("{},u{},2024-01-{:02},{},{},{},{}", row + 5, row * 7, row % 28 + 1,
                       row % 7 * 0.5, row % 3 == 0 ? "a" : "b", row % 2 == 0 ? "yes" : "no",
                       row % 4 == 0 ? "cat" : "dog");
  });
  EXPECT_THAT(names_of(roles.ids), ElementsAre("row", "code"));
  EXPECT_THAT(names_of(roles.excluded), ElementsAre("seen"));
  EXPECT_THAT(roles.excluded[0].reason, HasSubstr("date"));
  EXPECT_EQ(roles.label, "species");
  EXPECT_EQ(roles.data_columns, 3);
  EXPECT_FALSE(roles.has_gaps);
}

TEST(ColumnRoles, NameTheUsualOneOfTwoLabels) {
  const auto roles = [](int every) {
    return roles_of("x,odd", [=](int row) {
      return fmt::format("{},{}", row % 7 * 0.5, row % every == 0 ? 1 : 0);
    });
  };
  EXPECT_EQ(roles(10).usual, "0");
  EXPECT_EQ(roles(2).usual, "");
}

TEST(ColumnRoles, KeepNumbersThatHappenToDiffer) {
  const ColumnRoles roles =
      roles_of("x,y", [](int row) { return fmt::format("{},{}", row * 0.37, row % 5); });
  EXPECT_THAT(roles.ids, IsEmpty());
  EXPECT_EQ(roles.label, "y");
  EXPECT_EQ(roles.data_columns, 1);
}

TEST(ColumnRoles, SeeMissingValuesAndEmptyColumns) {
  const ColumnRoles roles = roles_of("a,b,c", [](int row) {
    return fmt::format("{},{},NA", row % 7 * 0.5, row == 3 ? "NA" : std::to_string(row % 4));
  });
  EXPECT_TRUE(roles.has_gaps);
  EXPECT_THAT(names_of(roles.excluded), ElementsAre("c"));
}

}  // namespace
}  // namespace ae
