#include "report/metrics_csv.h"

#include <gmock/gmock.h>

#include <vector>

#include "error_matchers.h"
#include "temp_dir.h"

namespace ae {
namespace {

TEST(MetricsCsvTest, HasAColumnForEachKey) {
  const std::vector<Json> lines = {
      Json{{"epoch", 1}, {"step", 10}, {"split", "train"}, {"loss", 0.1}, {"seconds", 2.0}},
      Json{{"step", 10}, {"epoch", 1}, {"split", "validation"}, {"mse", 1e-9}, {"loss", nullptr}}};
  EXPECT_EQ(metrics_csv(lines),
            "step,epoch,split,loss,seconds,mse\n"
            "10,1,train,0.1,2.0,\n"
            "10,1,validation,,,1e-09\n");
}

TEST(MetricsCsvTest, HasAHeaderWithoutLines) { EXPECT_EQ(metrics_csv({}), "step,epoch,split\n"); }

TEST(MetricsCsvTest, QuotesWhatNeedsIt) {
  const std::vector<Json> lines = {
      Json{{"split", "a,\"b\""}, {"mse of x, y", 1}, {"values", Json::array({1, 2})}}};
  EXPECT_EQ(metrics_csv(lines),
            "step,epoch,split,\"mse of x, y\",values\n"
            ",,\"a,\"\"b\"\"\",1,\"[1,2]\"\n");
}

TEST(MetricsCsvTest, ReplacesTheFile) {
  const TempDir dir;
  const std::filesystem::path path = dir.write("metrics.csv", "earlier");
  write_metrics_csv(path, std::vector<Json>{Json{{"step", 1}}});
  EXPECT_EQ(bytes_of(path), "step,epoch,split\n1,,\n");
  EXPECT_EQ(dir.entries(), 1u);
  EXPECT_THAT([&] { write_metrics_csv(dir / "none/metrics.csv", {}); },
              fails_on_data("none/metrics.csv"));
}

}  // namespace
}  // namespace ae
