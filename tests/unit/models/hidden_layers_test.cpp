// Normalisation and dropout after hidden layers.

#include <ATen/Functions.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "error_matchers.h"
#include "experiments.h"
#include "models/normalization.h"
#include "parts.h"

namespace ae {
namespace {

constexpr int64_t kHiddenFeatures = 8;

const ForwardContext kTraining{.training = true};
const ForwardContext kEvaluation;

std::shared_ptr<Normalization> normalization(const Json& part, int64_t channels = kHiddenFeatures) {
  return part_of<NormalizationSpec>(part)->build(channels, "model.encoder");
}

/// Rows far from 0. [n, 8]
at::Tensor far_rows(int64_t n) { return learnable_rows(n, kHiddenFeatures) * 10 + 5; }

TEST(EveryNormalization, BringsValuesToMeanZeroAndVarianceOne) {
  const c10::NoGradGuard no_grad;
  const at::Tensor x = far_rows(30).view({5, 4, 12});  // [B, C, L]
  for (const std::string& name : part_names<NormalizationSpec>()) {
    if (name == "none") continue;
    const Json part = name == "group" ? Json{{"type", name}, {"groups", 2}} : Json(name);
    const auto norm = normalization(part, 4);
    const at::Tensor y = norm->forward(x, kTraining);
    EXPECT_EQ(y.sizes(), x.sizes()) << name;
    // `sets` has a row for each set of values normalised together.
    const at::Tensor sets = name == "batch"   ? y.transpose(0, 1).reshape({4, -1})
                            : name == "layer" ? y.reshape({5, -1})
                                              : y.reshape({10, -1});
    EXPECT_LT(sets.mean(1).abs().max().item<double>(), 1e-5) << name;
    EXPECT_LT((sets.var(1, /*unbiased=*/false) - 1).abs().max().item<double>(), 1e-3) << name;
    norm->named_parameters()["weight"].fill_(3);
    norm->named_parameters()["bias"].fill_(2);
    EXPECT_TRUE(at::allclose(norm->forward(x, kTraining), y * 3 + 2, 1e-4, 1e-5)) << name;
  }
}

TEST(EveryNormalization, SaysWhetherItCouplesRows) {
  const c10::NoGradGuard no_grad;
  const at::Tensor x = far_rows(6);
  for (const std::string& name : part_names<NormalizationSpec>()) {
    if (name == "none") continue;
    const auto norm = normalization(name);
    const at::Tensor together = norm->forward(x, kTraining);
    const at::Tensor apart = norm->forward(x.narrow(0, 0, 3), kTraining);
    EXPECT_EQ(at::allclose(together.narrow(0, 0, 3), apart, 1e-5, 1e-6), !norm->couples_rows())
        << name;
    // Outside training rows are independent.
    EXPECT_TRUE(at::allclose(norm->forward(x, kEvaluation).narrow(0, 0, 3),
                             norm->forward(x.narrow(0, 0, 3), kEvaluation), 1e-5, 1e-6))
        << name;
    for (const char* network : {"mlp", "conv"}) {
      const auto encoder = part_of<NetworkSpec>({{"type", network}, {"normalization", name}})
                               ->build_encoder(rows_of(kHiddenFeatures));
      EXPECT_EQ(encoder->couples_rows(), norm->couples_rows()) << name;
    }
  }
  for (const std::string& network : part_names<NetworkSpec>()) {
    EXPECT_FALSE(part_of<NetworkSpec>(network)->build_encoder(rows_of(4))->couples_rows());
  }
}

TEST(BatchNormalization, KeepsRunningStatistics) {
  const c10::NoGradGuard no_grad;
  const auto norm = normalization({{"type", "batch"}, {"momentum", 0.25}});
  const at::Tensor x = far_rows(6);
  const auto buffers = norm->named_buffers();
  EXPECT_THAT(buffers.keys(), testing::ElementsAre("running_mean", "running_var"));
  norm->forward(x, kEvaluation);
  EXPECT_TRUE(at::equal(buffers["running_mean"], at::zeros({kHiddenFeatures})));
  norm->forward(x, kTraining);
  EXPECT_TRUE(at::allclose(buffers["running_mean"], x.mean(0) * 0.25));
  EXPECT_TRUE(at::allclose(buffers["running_var"], x.var(0) * 0.25 + 0.75));
  const at::Tensor expected =
      (x - buffers["running_mean"]) / (buffers["running_var"] + 1e-5).sqrt();
  EXPECT_TRUE(at::allclose(norm->forward(x, kEvaluation), expected, 1e-4, 1e-5));
}

/// A last batch of one row is normalised by the running statistics.
TEST(BatchNormalization, TakesOneRowByRunningStatistics) {
  const c10::NoGradGuard no_grad;
  for (const std::vector<int64_t>& shape : std::vector<std::vector<int64_t>>{{1, 8}, {1, 8, 3}}) {
    const auto norm = normalization("batch");
    norm->forward(far_rows(6), kTraining);
    const at::Tensor before = norm->named_buffers()["running_mean"].clone();
    const at::Tensor x = at::ones(shape);
    EXPECT_TRUE(at::equal(norm->forward(x, kTraining), norm->forward(x, kEvaluation)));
    EXPECT_TRUE(at::equal(norm->named_buffers()["running_mean"], before));
  }
}

TEST(GroupNormalization, NeedsGroupsThatDivideTheChannels) {
  EXPECT_THAT([] { normalization({{"type", "group"}, {"groups", 3}}); },
              fails_with(ErrorKind::usage,
                         "model.encoder.normalization: 3 groups do not divide a layer's 8 "
                         "channels; take groups that divide"));
}

/// Output of a linear encoder in training divided by its output in evaluation: the
/// factors of dropout.
at::Tensor dropout_factors(const std::vector<int64_t>& rows, uint32_t epoch = 0,
                           bool decoder = false) {
  const c10::NoGradGuard no_grad;
  at::manual_seed(1);
  const auto part = part_of<NetworkSpec>(
      {{"type", "mlp"}, {"hidden", {200}}, {"activation", "identity"}, {"dropout", 0.25}});
  const RowNoise noise({.seed = 3, .epoch = epoch}, rows, at::kCPU);
  const ForwardContext context{.training = true, .noise = &noise};
  const auto encoder = part->build_encoder({.shape = {kHiddenFeatures}});
  if (!decoder) {
    const at::Tensor x = far_rows(static_cast<int64_t>(rows.size()));
    return encoder->forward(x, context) / encoder->forward(x, kEvaluation);
  }
  // A decoder whose last layer is the identity of its hidden layer.
  const auto network = part->build_decoder({.width = kHiddenFeatures}, {.shape = {200}});
  network->named_parameters()["3.weight"].copy_(at::eye(200));
  network->named_parameters()["3.bias"].zero_();
  const at::Tensor codes = far_rows(static_cast<int64_t>(rows.size()) * 2);  // two for each row
  return network->forward(codes, context) / network->forward(codes, kEvaluation);
}

TEST(Dropout, DropsItsShareAndScalesTheRest) {
  const at::Tensor factors = dropout_factors(first_rows(50));
  const at::Tensor dropped = factors == 0;
  EXPECT_TRUE(at::allclose(factors.masked_select(~dropped), at::full({}, 4.0 / 3), 1e-4));
  EXPECT_NEAR(dropped.to(at::kDouble).mean().item<double>(), 0.25, 0.02);
}

TEST(Dropout, IsAFunctionOfTheRowAndTheEpoch) {
  const at::Tensor masks = dropout_factors({5, 3, 8}) == 0;
  const at::Tensor alone = dropout_factors({3}) == 0;
  EXPECT_TRUE(at::equal(masks[1], alone[0]));
  EXPECT_FALSE(at::equal(masks[0], masks[1]));
  EXPECT_TRUE(at::equal(dropout_factors({3}) == 0, alone));
  EXPECT_FALSE(at::equal(dropout_factors({3}, 1) == 0, alone));
}

TEST(Dropout, TellsApartEncoderDecoderAndTheCodesOfARow) {
  const at::Tensor encoder = dropout_factors({3}) == 0;
  const at::Tensor decoder = dropout_factors({3, 4}, 0, true) == 0;  // two codes of each
  ASSERT_EQ(decoder.size(0), 4);
  for (int64_t i = 0; i < 4; ++i) {
    EXPECT_FALSE(at::equal(decoder[i], encoder[0]));
    for (int64_t j = 0; j < i; ++j) EXPECT_FALSE(at::equal(decoder[i], decoder[j]));
  }
  EXPECT_TRUE(at::equal((dropout_factors({4}, 0, true) == 0)[1], decoder[3]));
}

TEST(Dropout, NumbersItsLayersAsTorchSequentialDoes) {
  const auto names = [](const Json& options) {
    return part_of<NetworkSpec>(layered({{"type", "mlp"}, {"hidden", {4, 4}}}, options))
        ->build_encoder(rows_of(kHiddenFeatures))
        ->named_parameters()
        .keys();
  };
  EXPECT_THAT(names({{"dropout", 0.5}}),
              testing::ElementsAre("0.weight", "0.bias", "3.weight", "3.bias"));
  EXPECT_THAT(names({{"normalization", "layer"}}),
              testing::ElementsAre("0.weight", "0.bias", "1.weight", "1.bias", "3.weight", "3.bias",
                                   "4.weight", "4.bias"));
}

TEST(TiedDecoder, HasNormalizationAndDropoutOfItsOwn) {
  const auto model = model_of(
      experiment_of(
          {{"model",
            {{"encoder",
              {{"type", "mlp"}, {"hidden", {9}}, {"normalization", "batch"}, {"dropout", 0.5}}},
             {"tied", true}}}}),
      12);
  const auto parameters = model->named_parameters();
  EXPECT_TRUE(parameters.contains("decoder.1.weight"));
  EXPECT_TRUE(model->named_buffers().contains("decoder.1.running_mean"));
  EXPECT_FALSE(parameters.contains("decoder.0.weight"));
  EXPECT_TRUE(parameters.contains("decoder.4.bias"));
}

}  // namespace
}  // namespace ae
