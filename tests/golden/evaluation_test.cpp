#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cmath>

#include "case.h"
#include "data/resident_rows.h"
#include "evaluation/image_quality.h"
#include "evaluation/importance_sampling.h"
#include "ppca_model.h"

namespace ae {
namespace {

constexpr double kTolerance = 1e-6;  // relative

const Json& golden_evaluation() {
  static const Json kGolden = golden_file("evaluation.json");
  return kGolden;
}

at::Tensor matrix_of(const Json& rows) {
  std::vector<at::Tensor> tensors;
  for (const Json& row : rows) tensors.push_back(numbers(row, at::kDouble));
  return at::stack(tensors);
}

TEST(ImageQuality, IsThatOfTorchmetricsAndScikitImage) {
  for (const Json& images : golden_evaluation().at("images")) {
    const auto shape = images.at("shape").get<std::vector<int64_t>>();
    SCOPED_TRACE(images.at("shape").dump());
    const double range = images.at("range");
    const at::Tensor x = numbers(images.at("x"), at::kDouble).view(shape);
    const at::Tensor y = numbers(images.at("y"), at::kDouble).view(shape);
    const double mse = (x - y).square().mean().item<double>();
    EXPECT_NEAR(pooled_psnr(mse, range), images.at("psnr").get<double>(), 100 * kTolerance);
    EXPECT_LT(largest_difference(psnr_by_image(x, y, range),
                                 numbers(images.at("psnr_by_image"), at::kDouble)),
              kTolerance);
    const Ssim ssim = structural_similarity(x, y, range);
    ASSERT_EQ(ssim.valid.has_value(), !images.at("ssim").is_null());
    if (ssim.valid) {
      EXPECT_LT(largest_difference(*ssim.valid, numbers(images.at("ssim"), at::kDouble)),
                kTolerance);
    }
    EXPECT_LT(
        largest_difference(*ssim.reflected, numbers(images.at("ssim_reflected"), at::kDouble)),
        kTolerance);
  }
}

TEST(ImportanceSampling, IsExactForALinearGaussianVaeAtItsOptimum) {
  const Json& ppca = golden_evaluation().at("ppca");
  const auto model = ppca_model(ppca);
  const RowSet set = row_set(matrix_of(ppca.at("rows")).to(at::kFloat));  // binary fractions
  const auto source = std::make_shared<const ResidentRows>(*set.data, Scaling(), at::kCPU);
  for (const int64_t samples : {1, 7}) {
    SetReader reader(set, ResidentPair{source, {}}, 16);
    const ImportanceSampledLikelihood found = importance_sampled_likelihood(
        *model, reader, at::kCPU, {.samples = samples, .type = at::kDouble});
    EXPECT_NEAR(found.nats, -ppca.at("log_likelihood").get<double>(), kTolerance);
    // All weights are equal where the posterior is exact.
    EXPECT_NEAR(found.effective_samples, static_cast<double>(samples), 1e-6);
    EXPECT_EQ(found.rows, 40);
  }
}

}  // namespace
}  // namespace ae
