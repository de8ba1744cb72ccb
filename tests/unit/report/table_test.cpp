#include "report/table.h"

#include <gtest/gtest.h>

namespace ae {
namespace {

TEST(Table, AlignsTheFirstColumnLeftAndOthersRight) {
  Table table({"layer", "parameters"});
  table.add({"encoder.0", "25,120"});
  table.add({"z", "4"});
  EXPECT_EQ(table.text(),
            "layer      parameters\n"
            "encoder.0      25,120\n"
            "z                   4\n");
}

TEST(Table, CountsCharactersAndNotBytes) {
  Table table({"shape", "n"});
  table.add({"1×28×28", "3"});
  table.add({"1x28x28", "14"});
  EXPECT_EQ(table.text(),
            "shape     n\n"
            "1×28×28   3\n"
            "1x28x28  14\n");
}

}  // namespace
}  // namespace ae
