#include "checkpoints/weight_transfer.h"

#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "error_matchers.h"
#include "run_directory/run_paths.h"
#include "temp_dir.h"

namespace ae {
namespace {

using testing::ElementsAre;

/// A folder with a model.safetensors of these tensors.
class ModelFolder : public TempDir {
 public:
  explicit ModelFolder(const NamedTensors& tensors) {
    write_tensors(path() / kModelFile, tensors, {});
  }
};

TEST(WeightTransfer, CopiesByNameIntoAnyType) {
  const ModelFolder place({{"encoder.0.weight", at::arange(6, at::kFloat).view({2, 3})},
                           {"encoder.1.running_mean", at::full({2}, 0.5, at::kFloat)}});
  const at::Tensor weight = at::zeros({3, 2}, at::kDouble).t();  // column-major
  const at::Tensor mean = at::zeros({2}, at::kFloat);
  const WeightTransfer transfer = transfer_weights(
      place.path(), {{"encoder.1.running_mean", mean}, {"encoder.0.weight", weight}});
  EXPECT_TRUE(at::equal(weight, at::arange(6, at::kDouble).view({2, 3})));
  EXPECT_TRUE(at::equal(mean, at::full({2}, 0.5, at::kFloat)));
  EXPECT_TRUE(transfer.kept.empty() && transfer.unused.empty());
}

TEST(WeightTransfer, ListsAllThatDiffersAndCopiesNothing) {
  const ModelFolder place({{"encoder.0.weight", at::ones({2, 3})},
                           {"decoder.0.weight", at::ones({3, 2})},
                           {"decoder.9.weight", at::ones({1})}});
  const at::Tensor weight = at::zeros({2, 3});
  EXPECT_THAT(
      [&] {
        transfer_weights(place.path(), {{"encoder.0.weight", weight},
                                        {"decoder.0.weight", at::zeros({4, 2})},
                                        {"decoder.0.bias", at::zeros({4})}});
      },
      fails_on_usage("decoder.0.weight is 3×2 there and 4×2 here",
                     "decoder.0.bias is missing there",
                     "\"decoder.9.weight\" is not part of this model"));
  EXPECT_EQ(weight.sum().item<float>(), 0);
}

TEST(WeightTransfer, BoundsTheLengthOfItsList) {
  NamedTensors tensors;
  NamedTensors wanted;
  for (int i = 0; i < 500; ++i) {
    tensors.emplace_back("encoder." + std::to_string(i), at::ones({1}));
    wanted.emplace_back("encoder." + std::to_string(i), at::ones({2}));
  }
  const ModelFolder place(tensors);
  EXPECT_THAT([&] { transfer_weights(place.path(), wanted); }, fails_on_usage("and 488 more"));
}

TEST(WeightTransfer, LeavesAnotherReconstructionLossAtItsInitialValues) {
  const ModelFolder place({{"decoder.0.weight", at::ones({2})},
                           {"reconstruction.log_sigma", at::ones({1})},
                           {"reconstruction.log_scale", at::ones({1})}});
  const at::Tensor weight = at::zeros({2});
  const at::Tensor sigma = at::zeros({3});
  const at::Tensor theta = at::zeros({1});
  const WeightTransfer transfer =
      transfer_weights(place.path(), {{"decoder.0.weight", weight},
                                      {"reconstruction.log_sigma", sigma},
                                      {"reconstruction.log_inverse_dispersion", theta}});
  EXPECT_EQ(weight.sum().item<float>(), 2);
  EXPECT_EQ(sigma.sum().item<float>() + theta.sum().item<float>(), 0);
  EXPECT_THAT(transfer.kept,
              ElementsAre("reconstruction.log_sigma", "reconstruction.log_inverse_dispersion"));
  EXPECT_THAT(transfer.unused, ElementsAre("\"reconstruction.log_scale\""));
}

TEST(WeightTransfer, RefusesValuesThatAreNotFinite) {
  const ModelFolder place(
      {{"decoder.0.weight", at::full({2}, std::numeric_limits<float>::quiet_NaN())}});
  const at::Tensor weight = at::zeros({2});
  EXPECT_THAT([&] { transfer_weights(place.path(), {{"decoder.0.weight", weight}}); },
              fails_on_data("model.safetensors", "decoder.0.weight"));
  EXPECT_EQ(weight.sum().item<float>(), 0);
}

}  // namespace
}  // namespace ae
