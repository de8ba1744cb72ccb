#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

#include "core/random.h"
#include "cuda_on_cpu.h"
#include "engine/cuda/arguments.h"

// The kernels' source, compiled for a CPU.
#define __global__
#define __device__
#define __shared__ static
#define __align__(bytes) __attribute__((aligned(bytes)))
#define __launch_bounds__(threads)
namespace ae::cuda_on_cpu {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#pragma GCC diagnostic ignored "-Wunused-function"
#include "engine/cuda/functions.cu"
#include "engine/cuda/kernels.cu"
#include "engine/cuda/operands.cu"
#include "engine/cuda/tiled_gemm.cu"
#pragma GCC diagnostic pop
}  // namespace ae::cuda_on_cpu
#undef __global__
#undef __device__
#undef __shared__
#undef __align__
#undef __launch_bounds__

namespace ae {
namespace {

using namespace cuda;
using namespace cuda_on_cpu;

std::vector<float> numbers(int count, float step) {
  std::vector<float> values(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) values[static_cast<size_t>(i)] = std::sin(float(i) * step);
  return values;
}

dim3 blocks_of(int n) { return {static_cast<unsigned>((n + 255) / 256)}; }
constexpr dim3 kThreads{256};

double activated_here(int kind, double x) {
  switch (kind) {
    case kRelu:
      return std::max(x, 0.0);
    case kLeakyRelu:
      return x > 0 ? x : 0.1 * x;
    case kSigmoid:
      return 1 / (1 + std::exp(-x));
    case kTanh:
      return std::tanh(x);
    default:
      return x;
  }
}

/// Derivative by central differences.
double slope_here(int kind, double x) {
  return (activated_here(kind, x + 1e-6) - activated_here(kind, x - 1e-6)) / 2e-6;
}

double loss_here(int loss, double output, double target) {
  const double difference = output - target;
  if (loss == kSquaredError) return difference * difference;
  if (loss == kAbsoluteError) return std::abs(difference);
  return std::log1p(std::exp(-std::abs(output))) + std::max(output, 0.0) - target * output;
}

TEST(GpuKernels, MeasureLossesWithTheirGradients) {
  constexpr int kCount = 600;
  const std::vector<float> before = numbers(kCount, 1.3F);
  const std::vector<float> target = numbers(kCount, 0.7F);
  const double weight = 2;
  for (const int loss : {kSquaredError, kAbsoluteError, kCrossEntropy}) {
    for (const int kind : {kIdentity, kRelu, kLeakyRelu, kSigmoid, kTanh}) {
      if (loss != kSquaredError && kind != kIdentity && kind != kTanh) continue;
      SCOPED_TRACE(std::to_string(loss) + " " + std::to_string(kind));
      std::vector<float> output;
      for (const float x : before) output.push_back(static_cast<float>(activated_here(kind, x)));
      std::vector<float> gradient(kCount);
      std::vector<double> sums(6);
      launch(blocks_of(kCount), kThreads, [&] {
        loss_forward_backward(kCount, {loss, kind, 0.1F, &weight, 0.25}, output.data(),
                              target.data(), gradient.data(), sums.data());
      });
      double error = 0;
      for (size_t i = 0; i < kCount; ++i) {
        error += loss_here(loss, output[i], target[i]);
        const auto loss_of = [&](double x) {
          return loss_here(loss, activated_here(kind, x), target[i]);
        };
        const double slope = (loss_of(before[i] + 1e-6) - loss_of(before[i] - 1e-6)) / 2e-6;
        if (std::abs(before[i]) > 1e-3) {
          EXPECT_NEAR(gradient[i], 0.5 * slope, 1e-4);
        }
      }
      EXPECT_NEAR(sums[0] + sums[2] + sums[4], error, 1e-4 * error);
    }
  }
}

TEST(GpuKernels, GoForthAndBackThroughGaussians) {
  constexpr int kCount = 300;
  const std::vector<float> mean = numbers(kCount, 1);
  const std::vector<float> log_variance = numbers(kCount, 2);
  const std::vector<float> noise = numbers(kCount, 3.1F);
  const std::vector<float> grad_sample = numbers(kCount, 0.3F);
  std::vector<float> draw(kCount);
  std::vector<float> grad_mean(kCount);
  std::vector<float> grad_log_variance(kCount);
  std::vector<double> sums(2);
  launch(blocks_of(kCount), kThreads, [&] {
    reparameterize(kCount, mean.data(), log_variance.data(), noise.data(), draw.data(),
                   sums.data());
  });
  const double weight = 2;
  launch(blocks_of(kCount), kThreads, [&] {
    reparameterize_backward(kCount,
                            {kIdentity, 0, &weight, 0.25, mean.data(), log_variance.data(),
                             noise.data(), grad_mean.data(), grad_log_variance.data()},
                            grad_sample.data());
  });
  double divergence = 0;
  for (size_t i = 0; i < kCount; ++i) {
    const double m = mean[i];
    const double v = log_variance[i];
    const double sigma = std::exp(v / 2);
    divergence += 0.5 * (m * m + sigma * sigma - v - 1);
    EXPECT_NEAR(draw[i], m + sigma * noise[i], 1e-6);
    EXPECT_NEAR(grad_mean[i], grad_sample[i] + 0.5 * m, 1e-6);
    EXPECT_NEAR(grad_log_variance[i],
                0.5 * (grad_sample[i] * sigma * noise[i] + 0.5 * (sigma * sigma - 1)), 2e-6);
  }
  EXPECT_NEAR(sums[0] + sums[1], divergence, 1e-5 * divergence);
}

TEST(GpuKernels, DrawTheNumbersOfRowsStreams) {
  const std::vector<Index> rows = {5, 0, (Index{1} << 33) + 7};
  for (const int width : {1, 4, 7, 20}) {
    const StreamKey address{.seed = 3, .purpose = Purpose::dropout, .epoch = 9, .layer = 2};
    const auto [key0, key1] = philox_key(address);
    const uint2 key{key0, key1};
    const int epoch = 9;
    std::vector<float> uniform(rows.size() * static_cast<size_t>(width));
    std::vector<float> normal(uniform.size());
    launch({1}, kThreads, [&] {
      draw_uniform(static_cast<Index>(rows.size()), width, rows.data(), &epoch, key,
                   uniform.data());
    });
    launch({1}, kThreads, [&] {
      draw_normal(static_cast<Index>(rows.size()), width, rows.data(), &epoch, key, normal.data());
    });
    for (size_t row = 0; row < rows.size(); ++row) {
      StreamKey of_row = address;
      of_row.item = static_cast<uint64_t>(rows[row]);
      std::vector<float> wanted(static_cast<size_t>(width));
      const size_t first = row * wanted.size();
      RandomStream(of_row).uniform(wanted);
      for (size_t i = 0; i < wanted.size(); ++i) EXPECT_EQ(uniform[first + i], wanted[i]);
      RandomStream(of_row).normal(wanted);
      for (size_t i = 0; i < wanted.size(); ++i) EXPECT_NEAR(normal[first + i], wanted[i], 2e-6);
    }
  }
}

TEST(GpuKernels, AddUpColumnsCodesAndTerms) {
  constexpr int kRows = 45;
  constexpr int kWidth = 37;
  constexpr int kCount = kRows * kWidth;
  const std::vector<float> values = numbers(kCount, 0.9F);
  std::vector<float> grad_bias(kWidth, 1);
  launch({2}, {32, 32}, [&] { add_column_sums(kRows, kWidth, values.data(), grad_bias.data()); });
  for (size_t column = 0; column < kWidth; ++column) {
    double sum = 1;
    for (size_t row = 0; row < kRows; ++row) sum += values[row * kWidth + column];
    EXPECT_NEAR(grad_bias[column], sum, 1e-5);
  }
  const double weight = 3;
  std::vector<float> gradient(kCount, 1);
  const unsigned blocks = blocks_of(kCount).x;
  std::vector<double> sums(2 * static_cast<size_t>(blocks));
  launch({blocks}, kThreads,
         [&] { code_penalty(kCount, values.data(), &weight, 0.5, gradient.data(), sums.data()); });
  std::array<double, 3> terms{};
  SumList list{};
  list.count = 2;
  list.sums[0] = {sums.data(), static_cast<int>(blocks), 2, 2.0, &weight, 1};
  list.sums[1] = {sums.data() + 1, static_cast<int>(blocks), 2, 1.0, nullptr, 2};
  launch({1}, kThreads, [&] { sum_terms(list, terms.data()); });
  double magnitudes = 0;
  for (size_t i = 0; i < kCount; ++i) {
    magnitudes += std::abs(values[i]);
    EXPECT_FLOAT_EQ(gradient[i], i == 0 ? 1.0F : values[i] > 0 ? 2.5F : -0.5F);
  }
  EXPECT_NEAR(terms[0], 6 * magnitudes, 1e-4 * magnitudes);
  EXPECT_NEAR(terms[1], 2 * magnitudes, 1e-4 * magnitudes);
  EXPECT_EQ(terms[2], kCount - 1);  // the first is 0
}

TEST(GpuKernels, UpdateByAdamAndClearTheGradients) {
  constexpr int kCount = 300;
  for (const int decoupled : {0, 1}) {
    std::vector<float> values(kCount, 0.5F);
    std::vector<float> mean(kCount);
    std::vector<float> mean_square(kCount);
    std::vector<double> wanted(kCount, 0.5);
    std::vector<double> m(kCount);
    std::vector<double> v(kCount);
    const AdamFactors operands{0.9F,  0.999F, std::log(0.9F), std::log(0.999F),
                               1e-8F, 0.01F,  decoupled};
    for (int update = 1; update <= 5; ++update) {
      const float learning_rate = 1e-3F;
      const auto updates = static_cast<float>(update);
      std::vector<float> gradients = numbers(kCount, 0.3F * updates);
      for (size_t i = 0; i < kCount; ++i) {
        const double gradient = gradients[i] + (decoupled != 0 ? 0 : 0.01 * wanted[i]);
        m[i] += 0.1 * (gradient - m[i]);
        v[i] += 0.001 * (gradient * gradient - v[i]);
        const double size = std::sqrt(v[i] / (1 - std::pow(0.999, update))) + 1e-8;
        wanted[i] -= (decoupled != 0 ? 1e-5 * wanted[i] : 0) +
                     1e-3 * m[i] / (1 - std::pow(0.9, update)) / size;
      }
      launch(blocks_of(kCount), kThreads, [&] {
        adam(kCount / 4, operands, &learning_rate, &updates,
             reinterpret_cast<float4*>(values.data()), reinterpret_cast<float4*>(gradients.data()),
             reinterpret_cast<float4*>(mean.data()), reinterpret_cast<float4*>(mean_square.data()));
      });
      EXPECT_THAT(gradients, testing::Each(0.0F));
    }
    // With a gradient near 0 the step size is ill-conditioned.
    for (size_t i = 1; i < kCount; ++i) EXPECT_NEAR(values[i], wanted[i], 2e-5);
  }
}

/// An operand, [lines, k] or [k, lines].
struct Operand {
  std::vector<float> values;
  int lines;
  int k;
  bool by_k;
  double at(int line, int at_k) const {
    return values[static_cast<size_t>(by_k ? line * k + at_k : at_k * lines + line)];
  }
  int stride() const { return by_k ? k : lines; }
};

void expect_product(int m, int n, const std::array<int, 2>& k, bool a_by_k, bool b_by_k,
                    const std::vector<Epilogue>& finishes) {
  SCOPED_TRACE(testing::Message() << m << " " << n << " " << k[0] << " " << k[1] << " " << a_by_k
                                  << b_by_k);
  std::array<Operand, 2> a;
  std::array<Operand, 2> b;
  GemmBatch gemms{};
  gemms.exact = 1;
  Gemm& p = gemms.each[0];
  for (size_t i = 0; i < 2; ++i) {
    a[i] = {numbers(m * k[i], 1.1F + float(i)), m, k[i], a_by_k};
    b[i] = {numbers(n * k[i], 0.7F + float(i)), n, k[i], b_by_k};
    p.operands[i] = {a[i].values.data(), b[i].values.data(), a[i].stride(), b[i].stride(), k[i]};
  }
  const std::vector<float> bias = numbers(n, 0.3F);
  const std::vector<float> y = numbers(m * n, 0.77F);
  std::vector<float> c(static_cast<size_t>(m * n));
  std::vector<float> row_sums(static_cast<size_t>(m), 2);
  p.m = m;
  p.n = n;
  p.c = c.data();
  p.activation = kTanh;
  p.target = y.data();
  const double weight = 2;
  p.loss = {kSquaredError, kTanh, 0, &weight, 0.5};
  const int tile = a_by_k ? kLowTile : kHighTile;
  const dim3 blocks{static_cast<unsigned>((n + kTileColumns - 1) / kTileColumns),
                    static_cast<unsigned>((m + tile - 1) / tile), 1};
  std::vector<double> sums(2 * blocks.x * blocks.y);
  p.sums = sums.data();
  for (const Epilogue finish : finishes) {
    SCOPED_TRACE(static_cast<int>(finish));
    std::fill(c.begin(), c.end(), 1.0F);
    p.epilogue = finish;
    p.other = finish == Epilogue::backward ? y.data() : bias.data();
    p.row_sums = finish == Epilogue::add_to ? row_sums.data() : nullptr;
    launch(blocks, {kGemmThreads}, [&] {
      if (!a_by_k) return gemm_by_columns(gemms);
      b_by_k ? gemm_by_rows(gemms) : gemm(gemms);
    });
    for (int row = 0; row < m; ++row) {
      for (int column = 0; column < n; ++column) {
        double sum = 0;
        for (size_t i = 0; i < 2; ++i) {
          for (int j = 0; j < k[i]; ++j) sum += a[i].at(row, j) * b[i].at(column, j);
        }
        const auto place = static_cast<size_t>(row * n + column);
        const double biased = sum + bias[static_cast<size_t>(column)];
        const double output = std::tanh(biased);
        const double wanted = finish == Epilogue::add_to    ? 1 + sum
                              : finish == Epilogue::forward ? output
                              : finish == Epilogue::backward
                                  ? sum * (1 - y[place] * y[place])
                                  : 2 * (output - y[place]) * slope_here(kTanh, biased);
        EXPECT_NEAR(c[place], wanted, 2e-5);
      }
    }
  }
  for (int row = 0; row < m; ++row) {
    double sum = 2;
    for (size_t i = 0; i < 2; ++i) {
      for (int j = 0; j < k[i]; ++j) sum += a[i].at(row, j);
    }
    EXPECT_NEAR(row_sums[static_cast<size_t>(row)], sum, 1e-5);
  }
}

TEST(GpuKernels, MultiplyMatricesAndFinishWhatTheyGive) {
  for (const auto& [a_by_k, b_by_k] : {std::pair(true, true), {true, false}, {false, false}}) {
    expect_product(37, 40, {164, 0}, a_by_k, b_by_k, {Epilogue::add_to});
    expect_product(
        20, 8, {20, 24}, a_by_k, b_by_k,
        {Epilogue::add_to, Epilogue::forward, Epilogue::backward, Epilogue::loss_gradient});
    expect_product(5, 3, {2, 7}, a_by_k, b_by_k, {Epilogue::add_to});
    expect_product(33, 6, {65, 128}, a_by_k, b_by_k, {Epilogue::add_to});
  }
}

}  // namespace
}  // namespace ae
