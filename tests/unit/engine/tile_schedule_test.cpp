#include "engine/fused/tile_schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/fmt/fmt.h>

#include <string>

#include "models/noise.h"

namespace ae::fused {
namespace {

using testing::ElementsAre;

/// Records its calls.
class Recorded : public Primitive {
 public:
  Recorded(std::string name, RowTiling rows, std::vector<std::string>& calls)
      : name_(std::move(name)), rows_(rows), calls_(calls) {}
  RowTiling row_tiling() const override { return rows_; }
  void forward(const Shard& shard) const override { write("", shard); }
  void backward(const Shard& shard) const override { write("back ", shard); }

 private:
  void write(const char* direction, const Shard& shard) const {
    // The noise must match the shard's rows.
    EXPECT_EQ(shard.noise.normal(Purpose::posterior, 1).size(0), shard.rows.count);
    calls_.push_back(fmt::format("{}{} {}+{}{}", direction, name_, shard.rows.begin,
                                 shard.rows.count, shard.first ? " first" : ""));
  }

  std::string name_;
  RowTiling rows_;
  std::vector<std::string>& calls_;
};

/// Calls of one forward and backward pass of rows 10 to 14, in tiles of two rows.
std::vector<std::string> calls_of(const std::vector<std::pair<std::string, RowTiling>>& wanted) {
  std::vector<std::string> calls;
  std::vector<std::unique_ptr<Primitive>> operations;
  for (const auto& [name, rows] : wanted) {
    operations.push_back(std::make_unique<Recorded>(name, rows, calls));
  }
  const std::vector<int64_t> rows = {0, 1, 2, 3, 4};
  const RowNoise noise({}, rows, at::kCPU);
  const LossWeights weights;
  PhaseTimer timer(nullptr, 0);
  TileSchedule(operations, /*tile_rows=*/2, /*threads=*/1)
      .forward_backward({.rank = 0,
                         .first = true,
                         .rows = {10, 5},
                         .noise = noise,
                         .weights = weights,
                         .scale = 1,
                         .terms = nullptr,
                         .active = nullptr},
                        timer);
  return calls;
}

TEST(TileSchedule, GiveAllRowsAtOnceWhereNoneWantsFew) {
  EXPECT_THAT(
      calls_of({{"a", RowTiling::all}, {"b", RowTiling::any}}),
      ElementsAre("a 10+5 first", "b 10+5 first", "back b 10+5 first", "back a 10+5 first"));
}

TEST(TileSchedule, TakeAFewRowsThroughTheLastStageAndBack) {
  EXPECT_THAT(calls_of({{"a", RowTiling::tile}, {"b", RowTiling::any}}),
              ElementsAre("a 10+2 first", "b 10+2 first", "back b 10+2 first", "back a 10+2 first",
                          "a 12+2", "b 12+2", "back b 12+2", "back a 12+2",  //
                          "a 14+1", "b 14+1", "back b 14+1", "back a 14+1"));
}

TEST(TileSchedule, GoTogetherWithNeighboursOnBothSides) {
  EXPECT_THAT(
      calls_of({{"any", RowTiling::any}, {"few", RowTiling::tile}, {"all", RowTiling::all}}),
      ElementsAre("any 10+2 first", "few 10+2 first", "any 12+2", "few 12+2", "any 14+1",
                  "few 14+1", "all 10+5 first", "back all 10+5 first", "back few 10+2 first",
                  "back any 10+2 first", "back few 12+2", "back any 12+2", "back few 14+1",
                  "back any 14+1"));
}

}  // namespace
}  // namespace ae::fused
