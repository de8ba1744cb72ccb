#include "engine/row_loop.h"

#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "data/resident_rows.h"
#include "experiments.h"

namespace ae {
namespace {

using testing::ElementsAre;

/// Eleven rows of a set with the numbers 10, 9, … 0, in chunks of 4.
struct LoopedRows {
  RowSet set = row_set(learnable_rows(11, 3));
  std::shared_ptr<const ResidentRows> source;
  LoopedRows() {
    std::reverse(set.rows.begin(), set.rows.end());
    source = std::make_shared<const ResidentRows>(*set.data, Scaling(), at::kCPU);
  }
  SetReader reader() const { return {set, ResidentPair{source, {}}, 4}; }
};

TEST(RowLoop, GivesChunksInTheirOrderForAnyNumberOfThreads) {
  const LoopedRows rows;
  const at::Tensor expected = rows.source->gather(rows.set.rows);
  for (const int threads : {1, 3}) {
    ThreadTeam team(threads);
    SetReader reader = rows.reader();
    std::vector<at::Tensor> given;
    const bool done = run_over_rows(
        reader, team, {.seed = 1, .device = at::kCPU},
        [](const Batch& batch) {
          EXPECT_FALSE(at::GradMode::is_enabled());
          return batch.target().clone();
        },
        [&](const at::Tensor& chunk) { given.push_back(chunk); });
    EXPECT_TRUE(done);
    ASSERT_EQ(given.size(), 3U);
    EXPECT_EQ(given.back().size(0), 3);
    EXPECT_TRUE(at::equal(at::cat(given), expected)) << threads << " threads";
  }
}

TEST(RowLoop, DrawsARowsNoiseFromItsNumber) {
  const LoopedRows rows;
  const RowNoise whole({.seed = 5, .epoch = kEvaluationEpoch}, rows.set.rows, at::kCPU);
  SetReader reader = rows.reader();
  std::vector<at::Tensor> drawn;
  for_each_batch(reader, {.seed = 5, .device = at::kCPU}, [&](const Batch& batch) {
    drawn.push_back(batch.noise().normal(Purpose::posterior, 2));
  });
  EXPECT_TRUE(at::equal(at::cat(drawn), whole.normal(Purpose::posterior, 2)));
}

TEST(RowLoop, EndsBeforeTheNextChunkWhenInterrupted) {
  const LoopedRows rows;
  SetReader reader = rows.reader();
  std::vector<int64_t> seen;
  const RowLoopOptions options{
      .seed = 1, .device = at::kCPU, .interrupted = [&] { return seen.size() == 2; }};
  EXPECT_FALSE(for_each_batch(reader, options,
                              [&](const Batch& batch) { seen.push_back(batch.samples()); }));
  EXPECT_THAT(seen, ElementsAre(4, 4));
}

TEST(RowLoop, ThrowsWhatTheWorkThrows) {
  const LoopedRows rows;
  SetReader reader = rows.reader();
  const auto fail = [](const Batch&) { throw data_error("a row is bad"); };
  EXPECT_THROW(for_each_batch(reader, {.seed = 1, .device = at::kCPU}, fail), Error);
}

}  // namespace
}  // namespace ae
