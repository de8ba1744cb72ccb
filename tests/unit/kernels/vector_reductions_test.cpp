#include "kernels/vector_reductions.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace ae {
namespace {

template <class T>
class FlatLoops : public testing::Test {
 public:
  static constexpr auto kType = c10::CppTypeToScalarType<T>::value;
};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(FlatLoops, Types, );

/// Lengths below, at and above the vector and block sizes.
constexpr int64_t kLengths[] = {0, 1, 15, 16, 17, 1023, 1024, 1040, 5000};

TYPED_TEST(FlatLoops, MeasureAGradientAsLibTorchDoes) {
  for (const int64_t n : kLengths) {
    const at::Tensor x = at::randn({n}, TestFixture::kType);
    const GradientStatistics measure = gradient_statistics(n, x.const_data_ptr<TypeParam>());
    EXPECT_TRUE(measure.is_finite);
    const double wanted = x.to(at::kDouble).square().sum().template item<double>();
    EXPECT_NEAR(measure.sum_of_squares, wanted, 1e-6 * wanted) << n;
  }
}

TYPED_TEST(FlatLoops, SeeEveryValueThatIsNotFinite) {
  using Limits = std::numeric_limits<TypeParam>;
  constexpr size_t kCount = 1040;
  for (size_t i = 0; i < kCount; i += 13) {
    for (const TypeParam bad : {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity()}) {
      std::vector<TypeParam> x(kCount, TypeParam(1));
      x[i] = bad;
      EXPECT_FALSE(gradient_statistics(kCount, x.data()).is_finite) << i;
    }
  }
}

TYPED_TEST(FlatLoops, TakeLargeValuesForFinite) {
  // Although their squares overflow or underflow.
  const std::vector<TypeParam> x = {std::numeric_limits<TypeParam>::max(),
                                    std::numeric_limits<TypeParam>::lowest(),
                                    std::numeric_limits<TypeParam>::denorm_min()};
  EXPECT_TRUE(gradient_statistics(3, x.data()).is_finite);
}

TYPED_TEST(FlatLoops, ScaleAndInterpolateAsLibTorchDoes) {
  const double tolerance = sizeof(TypeParam) == 4 ? 1e-6 : 1e-14;
  for (const int64_t n : kLengths) {
    const at::Tensor x = at::randn({n}, TestFixture::kType);
    at::Tensor scaled = x.clone();
    scale(n, TypeParam(0.3), scaled.mutable_data_ptr<TypeParam>());
    EXPECT_TRUE(at::allclose(scaled, x * 0.3, tolerance, tolerance));
    for (const double weight : {0.0, 0.001, 0.499, 0.5, 0.9, 1.0}) {
      const at::Tensor average = at::randn({n}, TestFixture::kType);
      at::Tensor moved = average.clone();
      lerp(n, static_cast<TypeParam>(weight), x.const_data_ptr<TypeParam>(),
           moved.mutable_data_ptr<TypeParam>());
      EXPECT_TRUE(at::allclose(moved, average.lerp(x, weight), tolerance, tolerance)) << weight;
    }
  }
}

}  // namespace
}  // namespace ae
