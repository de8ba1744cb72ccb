#include "inference/row_output.h"

#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <limits>

#include "error_matchers.h"
#include "temp_dir.h"

namespace ae {
namespace {

TEST(RowOutput, RefusesRowsThatAreNotFinite) {
  const TempDir dir;
  for (const char* name : {"a.npy", "a.csv"}) {
    for (const float bad :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
          -std::numeric_limits<float>::infinity()}) {
      const auto output = open_row_output(dir / name, {2}, {"x", "y"});
      output->write(at::tensor({1.F, 3.4e38F}).view({1, 2}));
      EXPECT_THAT([&] { output->write(at::tensor({1.F, 2.F, bad, 1.F}).view({2, 2})); },
                  fails_on_data(name, "row 2 would not be finite"));
    }
    EXPECT_FALSE(std::filesystem::exists(dir / name));
  }
}

}  // namespace
}  // namespace ae
