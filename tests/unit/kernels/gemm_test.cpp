#include "kernels/gemm.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/random.h"
#include "kernels/gemm_avx512.h"

namespace ae {
namespace {

/// A matrix of random numbers with padding between its rows.
template <class T>
struct Stored {
  Stored(int64_t rows, int64_t columns, bool transposed, uint64_t seed) {
    if (transposed) std::swap(rows, columns);
    stride = columns + 3;
    std::vector<float> floats(static_cast<size_t>(rows * stride));
    RandomStream({.seed = seed, .purpose = Purpose::sampling}).normal(floats);
    values.assign(floats.begin(), floats.end());
    matrix = {values.data(), stride, transposed};
  }
  /// Zeroes a fraction of the elements at random, and all of some rows and columns.
  void clear(double fraction) {
    std::vector<float> draws(values.size());
    RandomStream({.seed = 9, .purpose = Purpose::sampling}).uniform(draws);
    for (size_t i = 0; i < values.size(); ++i) {
      const size_t row = i / static_cast<size_t>(stride);
      const size_t column = i % static_cast<size_t>(stride);
      if (draws[i] < fraction || row % 7 == 3 || column % 11 == 5) values[i] = 0;
    }
  }
  double at(int64_t row, int64_t column) const {
    const int64_t place = matrix.transposed ? column * stride + row : row * stride + column;
    return static_cast<double>(values[static_cast<size_t>(place)]);
  }

  int64_t stride;
  std::vector<T> values;
  Matrix<T> matrix;
};

template <class T>
void expect_product(int64_t m, int64_t n, int64_t k, bool a_transposed, bool b_transposed,
                    bool accumulate, double tolerance, double zeros = 0) {
  SCOPED_TRACE(testing::Message() << m << " x " << n << " x " << k << (a_transposed ? " a'" : "")
                                  << (b_transposed ? " b'" : "")
                                  << (accumulate ? " accumulated" : "") << ", " << zeros
                                  << " of a are 0");
  Stored<T> a(m, k, a_transposed, 1);
  if (zeros > 0) a.clear(zeros);
  const Stored<T> b(k, n, b_transposed, 2);
  Stored<T> c(m, n, false, 3);
  const Stored<T> before = c;
  gemm(m, n, k, a.matrix, b.matrix, accumulate, c.values.data(), c.stride);
  double largest = 0;
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      double sum = accumulate ? before.at(i, j) : 0;
      for (int64_t l = 0; l < k; ++l) sum += a.at(i, l) * b.at(l, j);
      largest = std::max(largest, std::abs(c.at(i, j) - sum));
    }
    for (int64_t j = n; j < c.stride; ++j) ASSERT_EQ(c.at(i, j), before.at(i, j)) << "padding";
  }
  EXPECT_LT(largest, tolerance * std::sqrt(static_cast<double>(k)));
}

TEST(Product, IsRightForShapesOfAllKinds) {
  const std::vector<std::vector<int64_t>> shapes = {
      {1, 1, 1},   {3, 2, 5},    {8, 32, 256},   {9, 33, 257}, {4, 6, 16},   {5, 7, 120},
      {3, 50, 40}, {64, 20, 90}, {40, 100, 600}, {49, 37, 19}, {52, 80, 530}};
  for (const auto& shape : shapes) {
    for (const bool a_transposed : {false, true}) {
      for (const bool b_transposed : {false, true}) {
        for (const bool accumulate : {false, true}) {
          expect_product<float>(shape[0], shape[1], shape[2], a_transposed, b_transposed,
                                accumulate, 1e-5);
          expect_product<double>(shape[0], shape[1], shape[2], a_transposed, b_transposed,
                                 accumulate, 1e-13);
        }
      }
    }
  }
}

TEST(Product, IsRightWhereMuchIsZero) {
  // Columns for tiles of each width; rows and steps of one block and of several.
  const std::vector<std::vector<int64_t>> shapes = {{16, 48, 32},  {61, 64, 250}, {50, 81, 100},
                                                    {49, 113, 65}, {64, 240, 70}, {300, 130, 90},
                                                    {52, 50, 1100}};
  for (const auto& shape : shapes) {
    for (const double zeros : {0.1, 0.5, 0.8, 0.97, 1.0}) {
      for (const bool a_transposed : {false, true}) {
        for (const bool b_transposed : {false, true}) {
          for (const bool accumulate : {false, true}) {
            expect_product<float>(shape[0], shape[1], shape[2], a_transposed, b_transposed,
                                  accumulate, 1e-5, zeros);
          }
        }
      }
    }
  }
}

TEST(Product, IsRightWhereRowsBeginLinesOfTheCache) {
  constexpr int64_t kM = 40;
  constexpr int64_t kK = 70;
  for (const int64_t n : {48, 112, 256}) {
    std::vector<float> memory(static_cast<size_t>(kK * n + 16));
    auto* begin = memory.data();
    while (reinterpret_cast<uintptr_t>(begin) % 64 != 0) ++begin;
    for (int64_t i = 0; i < kK * n; ++i) begin[i] = static_cast<float>(i % 13);
    Stored<float> a(kM, kK, false, 1);
    a.clear(0.7);
    std::vector<float> c(static_cast<size_t>(kM * n), std::nanf(""));
    gemm(kM, n, kK, a.matrix, {begin, n}, /*accumulate=*/false, c.data(), n);
    for (int64_t i = 0; i < kM; ++i) {
      for (int64_t j = 0; j < n; ++j) {
        double sum = 0;
        for (int64_t l = 0; l < kK; ++l) sum += a.at(i, l) * static_cast<double>(begin[l * n + j]);
        ASSERT_NEAR(c[static_cast<size_t>(i * n + j)], sum, 1e-4);
      }
    }
  }
}

TEST(Product, DoesNotReadWhatItReplaces) {
  const std::vector<float> a(100, 1);
  for (const bool transposed : {false, true}) {
    std::vector<float> c(100, std::nanf(""));
    gemm(10, 10, 10, {a.data(), 10}, {a.data(), 10, transposed}, /*accumulate=*/false, c.data(),
         10);
    gemm(2, 2, 10, {a.data(), 10}, {a.data(), 10, transposed}, /*accumulate=*/false, c.data(), 10);
    for (const float value : c) EXPECT_EQ(value, 10);
  }
}

TEST(Product, LetsNotANumberThroughBetweenZeros) {
  std::vector<float> a(64 * 64, 0);
  const std::vector<float> b(64 * 64, 0);
  a[65] = std::nanf("");
  std::vector<float> c(64 * 64);
  for (const bool transposed : {false, true}) {
    gemm(64, 64, 64, {a.data(), 64}, {b.data(), 64, transposed}, /*accumulate=*/false, c.data(),
         64);
    for (int64_t j = 0; j < 64; ++j) {
      EXPECT_TRUE(std::isnan(c[static_cast<size_t>(64 + j)]));
      EXPECT_EQ(c[static_cast<size_t>(j)], 0);
    }
  }
}

TEST(Product, LetsNotANumberThrough) {
  std::vector<float> a(40 * 40, 1);
  const std::vector<float> b(40 * 40, 0);
  a[41] = std::nanf("");
  std::vector<float> c(40 * 40);
  for (const bool transposed : {false, true}) {
    gemm(40, 40, 40, {a.data(), 40}, {b.data(), 40, transposed}, /*accumulate=*/false, c.data(),
         40);
    for (int64_t j = 0; j < 40; ++j) {
      EXPECT_TRUE(std::isnan(c[static_cast<size_t>(40 + j)]));
      EXPECT_EQ(c[static_cast<size_t>(j)], 0);
    }
  }
}

}  // namespace
}  // namespace ae
