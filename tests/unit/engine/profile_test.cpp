#include <gtest/gtest.h>
#include <torch/nn/functional/conv.h>
#include <torch/types.h>

#include <chrono>
#include <thread>

#include "engine/matmul_throughput.h"
#include "engine/phase_timer.h"

namespace ae {
namespace {

TEST(CountProducts, TakesTwoOperationsForEachMultiplication) {
  const at::Tensor x = torch::randn({4, 3});
  const at::Tensor w = torch::randn({3, 5}, torch::requires_grad());
  EXPECT_EQ(count_matmul_flops([&] { at::mm(x, w.detach()); }), 2 * 4 * 3 * 5);
  // The input needs no gradient: forward, and the weight's.
  EXPECT_EQ(count_matmul_flops([&] { at::mm(x, w).sum().backward(); }), 2 * 2 * 4 * 3 * 5);
  EXPECT_EQ(count_matmul_flops([&] { at::linear(x, w.detach().t(), torch::zeros({5})); }),
            2 * 4 * 3 * 5);
  EXPECT_EQ(count_matmul_flops([&] { (x + 1).relu().sum(); }), 0);
}

TEST(CountProducts, TakesConvolutionsForthAndBackAndTransposed) {
  const at::Tensor images = torch::randn({2, 3, 8, 8}, torch::requires_grad());
  const at::Tensor weight = torch::randn({5, 3, 3, 3}, torch::requires_grad());
  // 4 x 4 output positions with stride 2 and padding 1.
  const double forward = 2.0 * (2 * 5 * 4 * 4) * (3 * 3 * 3);
  EXPECT_EQ(count_matmul_flops([&] {
              const at::NoGradGuard no_grad;
              at::conv2d(images, weight, {}, 2, 1);
            }),
            forward);
  EXPECT_EQ(count_matmul_flops([&] { at::conv2d(images, weight, {}, 2, 1).sum().backward(); }),
            3 * forward);
  const at::Tensor small = torch::randn({2, 5, 4, 4}, torch::requires_grad());
  EXPECT_EQ(count_matmul_flops(
                [&] { at::conv_transpose2d(small, weight, {}, 2, 1, 1).sum().backward(); }),
            3 * forward);
}

TEST(ProductLimit, IsARate) {
  ThreadTeam team(2);
  EXPECT_GT(matmul_limit(at::kCPU, at::kFloat, team), 1e8);
  EXPECT_GT(matmul_limit(at::kCPU, at::kDouble, team), 1e8);
}

TEST(PhaseTimer, AddUpByPhaseOverThreads) {
  PhaseTimes times(2, at::kCPU);
  const auto work = [] { std::this_thread::sleep_for(std::chrono::milliseconds(5)); };
  for (int rank = 0; rank < 2; ++rank) {
    PhaseTimer timer(&times, rank);
    work();
    timer.end(Phase::forward);
    timer.end(Phase::backward);
  }
  EXPECT_GE(times.seconds(Phase::forward), 0.010);
  EXPECT_LT(times.seconds(Phase::backward), times.seconds(Phase::forward));
  EXPECT_EQ(times.seconds(Phase::data), 0);
  times.clear();
  PhaseTimer all(&times, PhaseTimer::kAllThreads);
  work();
  all.end(Phase::data);
  EXPECT_GE(times.seconds(Phase::data), 0.010);
  EXPECT_EQ(times.seconds(Phase::forward), 0);
}

TEST(PhaseTimer, MeasureNothingWhereNothingIsWanted) {
  PhaseTimer timer(nullptr, 0);
  timer.end(Phase::update);
}

}  // namespace
}  // namespace ae
