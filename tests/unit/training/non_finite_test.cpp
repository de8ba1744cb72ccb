// Non-finite losses and gradients: diagnosis and policy.

#include <ATen/ops/isfinite.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "engine/non_finite.h"
#include "error_matchers.h"
#include "tensor_rows.h"
#include "unit/training/observed_run.h"

namespace ae {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr int64_t kBadRow = 13;

/// Rows, one of which has an infinite squared error.
Splits splits_with_a_bad_row(double value = 1e30) {
  Splits splits = splits_of(20, 6);
  at::Tensor rows = splits.train.data->rows.clone();
  rows[kBadRow].fill_(value);
  splits.train = row_set(rows);
  return splits;
}

Json config_with(const char* policy, const Json& model = Json::object(), int64_t limit = 10) {
  return layered(
      config_of("autoencoder", 3),
      {{"model", model}, {"training", {{"on_non_finite", policy}, {"non_finite_limit", limit}}}});
}

bool has_finite_values(const TrainingEngine& engine) {
  for (const auto& [name, tensor] : engine.snapshot().optimizer) {
    if (!is_finite(tensor)) return false;
  }
  for (const at::Tensor& buffer : engine.snapshot().buffers) {
    if (!is_finite(buffer)) return false;
  }
  return is_finite(engine.parameters().values());
}

TEST(NonFinite, LossStopsTrainingBeforeItDoesHarm) {
  const Splits splits = splits_with_a_bad_row();
  ObservedRun run(config_with("stop"), splits);
  EXPECT_THAT([&] { run.trainer().run(); },
              fails_with(ErrorKind::diverged, "training diverged in epoch 1, update ",
                         "reconstruction is not finite, in row 13 of rows.npy (counted from 0); "
                         "lower optimizer.learning_rate"));
  EXPECT_TRUE(has_finite_values(run.engine()));
  EXPECT_EQ(run.trainer().state().rows_done, 8 * run.trainer().state().step) << "not that update";
}

TEST(NonFinite, LayerIsNamed) {
  const Splits splits = splits_with_a_bad_row(3e38);
  ObservedRun run(config_with("stop"), splits);
  {
    const c10::NoGradGuard no_grad;
    run.engine().model().named_parameters()["encoder.0.weight"].fill_(1);  // so that it overflows
  }
  EXPECT_THAT(
      [&] { run.trainer().run(); },
      fails_with(ErrorKind::diverged, "first in the output of encoder.0 (Linear), in row 13 of "));
}

/// A skipped update changes nothing: fused, by autograd, with running statistics, with gradient
/// accumulation.
TEST(NonFinite, LossIsSkippedHoweverStepsAreComputed) {
  const Splits splits = splits_with_a_bad_row();
  const std::vector<Json> models = {
      Json::object(),
      {{"encoder", {{"type", "mlp"}, {"hidden", {6}}, {"activation", "gelu"}}}},
      {{"encoder", {{"type", "mlp"}, {"hidden", {6}}, {"normalization", "batch"}}}},
      {{"kind", "vae"}},
      {{"kind", "sparse"},
       {"decoder", "linear"},
       {"latent", {{"type", "top_k"}, {"k", 2}, {"auxiliary_k", 2}}}}};
  for (const Json& model : models) {
    for (const int64_t batches : {1, 2}) {
      SCOPED_TRACE(model.dump());
      Json config = config_with("skip", model);
      config["training"]["accumulate_batches"] = batches;
      ObservedRun run(config, splits);
      EXPECT_EQ(run.trainer().run(), Trainer::Outcome::completed);
      EXPECT_EQ(run.trainer().state().non_finite_events.skipped_updates, 3) << "one in each epoch";
      EXPECT_TRUE(has_finite_values(run.engine()));
      ASSERT_EQ(run.non_finite_events.size(), 3U);
      EXPECT_THAT(run.non_finite_events[0],
                  AllOf(HasSubstr("in epoch 1 is skipped (1 of at most 10): "),
                        HasSubstr("is not finite")));
      for (const auto& metrics : run.epochs) {
        for (const auto& [name, value] : metrics.train.means)
          EXPECT_TRUE(std::isfinite(value)) << name;
      }
    }
  }
}

TEST(NonFinite, SkippedUpdatesAreBounded) {
  const Splits splits = splits_with_a_bad_row();
  ObservedRun run(config_with("skip", Json::object(), 2), splits);
  EXPECT_THAT([&] { run.trainer().run(); }, fails_with(ErrorKind::diverged, "diverged in epoch 3",
                                                       "after 2 skipped updates", "row 13"));
}

TEST(NonFinite, TrainingThatSkipsResumesBitForBit) {
  expect_exact_resume(config_with("skip"), splits_with_a_bad_row());
}

TEST(NonFinite, WeightsRollBackUntilTheLearningRateIsSmallEnough) {
  const Splits splits = splits_of(20, 6);
  Json config = config_with("rollback", Json::object(), 100);
  config["optimizer"] = {{"type", "sgd"}, {"learning_rate", 1e10}};
  ObservedRun run(config, splits);
  EXPECT_EQ(run.trainer().run(), Trainer::Outcome::completed);
  const NonFiniteEvents& non_finite_events = run.trainer().state().non_finite_events;
  EXPECT_GT(non_finite_events.rollbacks, 10);
  EXPECT_EQ(non_finite_events.learning_rate_factor,
            std::ldexp(1.0, -static_cast<int>(non_finite_events.rollbacks)));
  EXPECT_EQ(run.epochs.size(), 3U) << "each epoch is reported once";
  EXPECT_TRUE(has_finite_values(run.engine()));
  EXPECT_THAT(run.non_finite_events.at(0),
              HasSubstr("back to update 0 in epoch 1, with a learning rate of "
                        "5e+09 (rollback 1 of at most 100)"));
  EXPECT_EQ(run.epochs.at(0).train.learning_rate, 1e10 * non_finite_events.learning_rate_factor);
}

TEST(NonFinite, RollbacksAreBounded) {
  const Splits splits = splits_with_a_bad_row();
  ObservedRun run(config_with("rollback", Json::object(), 2), splits);
  EXPECT_THAT([&] { run.trainer().run(); },
              fails_with(ErrorKind::diverged, "after 2 rollbacks", "row 13"));
}

TEST(NonFinite, GradientThatIsCheckedChangesNothing) {
  const Splits splits = splits_of(20);
  ObservedRun run(config_with("skip"), splits);
  TrainingEngine& engine = run.engine();
  const at::Tensor before = engine.parameters().values().clone();
  at::Tensor gradients = engine.parameters().gradients();
  gradients.fill_(std::numeric_limits<float>::quiet_NaN());
  EXPECT_FALSE(engine.update({.learning_rate = 1}, 0));
  EXPECT_TRUE(at::equal(engine.parameters().values(), before));
  EXPECT_FALSE(gradients.any().item<bool>()) << "the next begins at 0";
}

TEST(NonFinite, WeightIsNamed) {
  const Splits splits = splits_of(20);
  ObservedRun run(config_with("stop"), splits);
  TrainingEngine& engine = run.engine();
  at::Tensor weight = engine.model().projection()->weight;
  {
    const c10::NoGradGuard no_grad;
    weight[0][0] = std::numeric_limits<float>::infinity();
  }
  const FirstRowsNoise noise(4);
  const NonFinite found =
      engine.find_non_finite(TensorBatch(learnable_rows(4, kFeatures), noise), {});
  EXPECT_EQ(describe(found, "rows.npy"), "latent.projection.weight is not finite");
}

}  // namespace
}  // namespace ae
