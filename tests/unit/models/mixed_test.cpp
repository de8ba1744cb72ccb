#include "models/reconstructions/mixed.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/Reduction.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "error_matchers.h"
#include "experiments.h"
#include "models/gap_input.h"

namespace ae {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// Two numbers, a boolean, and a column of three categories.
InputInfo mixed_input(bool gaps) {
  InputInfo input{.shape = {6}, .classes = 0, .mean = {}, .groups = {}, .gaps = {}};
  input.groups = {
      {ColumnType::numeric, 0, 2}, {ColumnType::boolean, 2, 1}, {ColumnType::categorical, 3, 3}};
  if (gaps) input.gaps = GapInfo{at::zeros({6}), {}};
  return input;
}

std::shared_ptr<Reconstruction> mixed(const std::string& numeric, bool gaps = false) {
  ReconstructionPart part;
  part.select(numeric);
  return std::make_shared<MixedReconstruction>(part, mixed_input(gaps));
}

const at::Tensor& targets() {
  static const at::Tensor rows =
      at::tensor({0.5F, -1.F, 1.F, 0.F, 1.F, 0.F, 2.F, 0.F, 0.F, 0.F, 0.F, 1.F}).view({2, 6});
  return rows;
}

TEST(Mixed, SumsTheLossesOfItsColumns) {
  const at::Tensor output = at::randn({2, 6});
  const at::Tensor& target = targets();
  const at::Tensor numbers = (output - target).narrow(1, 0, 2).square().sum(1);
  const at::Tensor booleans = at::binary_cross_entropy_with_logits(
      output.narrow(1, 2, 1), target.narrow(1, 2, 1), {}, {}, at::Reduction::None);
  const at::Tensor categories = at::cross_entropy_loss(
      output.narrow(1, 3, 3), target.narrow(1, 3, 3).argmax(1), {}, at::Reduction::None);
  // A mean over the four columns.
  EXPECT_TRUE(at::allclose(mixed("mse")->per_sample(output, target),
                           (numbers + booleans.select(1, 0) + categories) / 4));
}

TEST(Mixed, LeavesMissingValuesOutOfTheMean) {
  const at::Tensor output = at::randn({2, 6});
  at::Tensor target = targets().clone();
  target[0][0].fill_(kNan);
  target[1].narrow(0, 3, 3).fill_(kNan);
  const auto loss = mixed("mse", true);
  const at::Tensor all = mixed("mse")->per_value(output, targets());
  const at::Tensor expected = at::tensor({(all[0].sum() - all[0][0]).item<float>() / 3,
                                          all[1].narrow(0, 0, 3).sum().item<float>() / 3});
  EXPECT_TRUE(at::allclose(loss->per_sample(output, target), expected));
  const Reconstruction::BatchError error = loss->batch(output, target);
  EXPECT_TRUE(at::allclose(error.sum, expected.sum()));
  EXPECT_TRUE(error.squared_error.isfinite().item<bool>());
}

TEST(Mixed, GivesNoGradientWhereAValueIsMissing) {
  const at::Tensor output = at::randn({2, 6}).requires_grad_();
  at::Tensor target = targets().clone();
  target[0][1].fill_(kNan);
  target[1].narrow(0, 3, 3).fill_(kNan);
  mixed("gaussian", true)->batch(output, target).sum.backward();
  EXPECT_TRUE(output.grad().isfinite().all().item<bool>());
  EXPECT_EQ(output.grad()[0][1].item<float>(), 0);
  EXPECT_EQ(output.grad()[1].narrow(0, 3, 3).abs().sum().item<float>(), 0);
  EXPECT_NE(output.grad()[0][0].item<float>(), 0);
}

TEST(Mixed, HasProbabilitiesAsItsMeanAndDrawsCategories) {
  const auto loss = mixed("gaussian");
  const at::Tensor output = at::randn({50, 6});
  const at::Tensor mean = loss->mean(output);
  EXPECT_TRUE(mean.narrow(1, 0, 2).equal(output.narrow(1, 0, 2)));
  EXPECT_TRUE(at::allclose(mean.narrow(1, 3, 3).sum(1), at::ones({50})));
  const at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(uint64_t{1});
  const at::Tensor drawn = loss->sample(output, generator);
  EXPECT_TRUE(drawn.narrow(1, 3, 3).sum(1).equal(at::ones({50})));
  EXPECT_TRUE(((drawn.narrow(1, 2, 4) == 0) | (drawn.narrow(1, 2, 4) == 1)).all().item<bool>());
  // output_for() is the inverse of mean().
  const at::Tensor shares = at::tensor({0.5F, 1.F, 0.3F, 0.2F, 0.5F, 0.3F});
  EXPECT_TRUE(at::allclose(loss->mean(loss->output_for(shares).unsqueeze(0))[0], shares, 1e-4));
}

TEST(GapInput, FillsAndTells) {
  const GapInput gaps(at::tensor({7.F, 8.F, 9.F}), {2, 0});
  const at::Tensor x = at::tensor({1.F, kNan, kNan}).view({1, 3});
  const at::Tensor filled = gaps.filled(x);
  EXPECT_TRUE(filled.equal(at::tensor({1.F, 8.F, 9.F}).view({1, 3})));
  EXPECT_TRUE(
      gaps.with_indicators(filled, x).equal(at::tensor({1.F, 8.F, 9.F, 1.F, 0.F}).view({1, 5})));
}

TEST(GapInput, GoesWithWeightsThatEncoderAndDecoderShare) {
  InputInfo input = mixed_input(true);
  input.gaps->indicated = {0, 2};
  const auto model = [&](const Json& options) {
    const Experiment experiment = experiment_of(
        {{"model", layered(Json{{"encoder", "linear"}, {"latent_dim", 3}}, options)}});
    return std::make_shared<Autoencoder>(experiment.model, experiment.objective, input, 1);
  };
  const auto dictionary = model(
      {{"decoder_from_encoder", true}, {"unit_norm_decoder", true}, {"pre_encoder_bias", true}});
  at::Tensor rows = targets().clone();
  rows[0][0].fill_(kNan);
  EXPECT_EQ(dictionary->encode(rows).code().size(1), 3);
  EXPECT_THAT([&] { model({{"tied", true}}); },
              fails_on_usage("model.tied", "data.missing.indicator"));
}

}  // namespace
}  // namespace ae
