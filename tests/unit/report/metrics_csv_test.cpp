#include "report/metrics_csv.h"

#include <gmock/gmock.h>

#include <string>

#include "error_matchers.h"
#include "temp_dir.h"

namespace ae {
namespace {

std::string csv_of(const std::string& lines) {
  const TempDir dir;
  write_metrics_csv(dir / "metrics.csv", dir.write("metrics.jsonl", lines));
  return bytes_of(dir / "metrics.csv");
}

TEST(MetricsCsvTest, HasAColumnForEachKey) {
  EXPECT_EQ(csv_of(R"({"epoch":1,"step":10,"split":"train","loss":0.1,"seconds":2.0}
{"step":10,"epoch":1,"split":"validation","mse":1e-9,"loss":null}
)"),
            "step,epoch,split,loss,seconds,mse\n"
            "10,1,train,0.1,2.0,\n"
            "10,1,validation,,,1e-09\n");
}

TEST(MetricsCsvTest, HasAHeaderWithoutLines) { EXPECT_EQ(csv_of(""), "step,epoch,split\n"); }

TEST(MetricsCsvTest, LeavesOutDamagedLines) {
  EXPECT_EQ(csv_of("{\"epoch\":1,\"step\":2}\n{\"epoch\":2,\"st\n7\n{\"epoch\":3}\n{\"epo"),
            "step,epoch,split\n2,1,\n,3,\n");
}

TEST(MetricsCsvTest, QuotesWhatNeedsIt) {
  EXPECT_EQ(csv_of("{\"epoch\":1,\"split\":\"a,\\\"b\\\"\",\"mse of x, y\":1,\"values\":[1,2]}\n"),
            "step,epoch,split,\"mse of x, y\",values\n"
            ",1,\"a,\"\"b\"\"\",1,\"[1,2]\"\n");
}

TEST(MetricsCsvTest, ReplacesTheFile) {
  const TempDir dir;
  const std::filesystem::path log = dir.write("metrics.jsonl", "{\"epoch\":1}\n");
  const std::filesystem::path path = dir.write("metrics.csv", "earlier");
  write_metrics_csv(path, log);
  EXPECT_EQ(bytes_of(path), "step,epoch,split\n,1,\n");
  EXPECT_EQ(dir.entries(), 2u);
  EXPECT_THAT([&] { write_metrics_csv(dir / "none/metrics.csv", log); },
              fails_on_data("none/metrics.csv"));
  EXPECT_THAT([&] { write_metrics_csv(path, dir / "none.jsonl"); }, fails_on_data("none.jsonl"));
}

}  // namespace
}  // namespace ae
