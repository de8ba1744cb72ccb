#include "inference/aggregated_posterior.h"

#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "error_matchers.h"
#include "experiments.h"
#include "inference/code_source.h"
#include "io/formats/npy.h"

namespace ae {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr int64_t kWidth = 6;

/// An untrained model of a kind.
TrainedModel untrained(const Json& model) {
  CheckpointInfo info{experiment_of({{"model", model}}), {}};
  info.preprocessing.shape = info.preprocessing.file_shape = {kWidth};
  auto network = model_of(info.experiment, kWidth);
  network->eval();
  return {"runs/untrained/checkpoints/last", std::move(info), network, at::kCPU};
}

AggregatedPosterior posterior_of(const TrainedModel& model, int64_t rows = 300) {
  return fit_aggregated_posterior(model, row_set(learnable_rows(rows, kWidth)), 1);
}

TEST(AggregatedPosteriors, HaveTheMomentsOfTheCodes) {
  const TrainedModel model = untrained({{"kind", "autoencoder"}});
  const at::Tensor rows = learnable_rows(300, kWidth);
  const c10::NoGradGuard no_grad;
  const at::Tensor codes = model.model->encode(rows).code();
  const AggregatedPosterior posterior = posterior_of(model);
  EXPECT_EQ(posterior.codes, 300);
  const at::Tensor samples = posterior.draw(0, 20000, 1);
  EXPECT_TRUE(at::allclose(samples.mean(0), codes.mean(0), 0, 0.01));
  EXPECT_TRUE(at::allclose(samples.t().cov(), codes.t().cov(), 0.1, 0.003));
  EXPECT_THAT(posterior.lines(),
              ElementsAre(testing::AllOf(HasSubstr("sampled from a Gaussian mixture of "),
                                         HasSubstr("fitted to 300 training codes (BIC "),
                                         HasSubstr("this model has no prior"))));
}

TEST(AggregatedPosteriors, OfAVaeAreOfDrawsAndNotOfMeans) {
  const TrainedModel model = untrained({{"kind", "vae"}});
  const c10::NoGradGuard no_grad;
  const at::Tensor means = model.model->encode(learnable_rows(300, kWidth)).code();
  const AggregatedPosterior posterior = posterior_of(model);
  // An untrained model's posterior variances are about 1.
  EXPECT_LT(means.var(0).max().item<float>(), 0.3F);
  EXPECT_GT(posterior.draw(0, 5000, 1).var(0).min().item<float>(), 0.6F);
  EXPECT_THAT(posterior.lines(), ElementsAre(HasSubstr("not from this model's prior")));
}

TEST(AggregatedPosteriors, KeepCodesInTheLatentsRange) {
  const TrainedModel model = untrained(
      {{"kind", "autoencoder"}, {"latent", {{"type", "deterministic"}, {"activation", "relu"}}}});
  const AggregatedPosterior posterior = posterior_of(model);
  const at::Tensor samples = posterior.draw(0, 500, 1);
  EXPECT_GE(samples.min().item<float>(), 0);
  EXPECT_THAT(posterior.lines(), ElementsAre(HasSubstr("mixture"), HasSubstr("0 to inf")));
  EXPECT_EQ(posterior.to_json()["code_range"], Json::parse("[0.0, null]"));
}

TEST(AggregatedPosteriors, OfKSparseCodesAreKSparse) {
  const TrainedModel model = untrained({{"kind", "sparse"},
                                        {"encoder", "linear"},
                                        {"latent_dim", 12},
                                        {"latent", {{"type", "top_k"}, {"k", 4}}}});
  const AggregatedPosterior posterior = posterior_of(model);
  const at::Tensor samples = posterior.draw(0, 200, 1);
  EXPECT_GE(samples.min().item<float>(), 0);
  EXPECT_LE((samples != 0).sum(1).max().item<int64_t>(), 4);
  EXPECT_EQ(posterior.to_json()["active_latents"], 4);
  EXPECT_THAT(posterior.lines(),
              ElementsAre(HasSubstr("mixture"), HasSubstr("4 largest"), HasSubstr("0 to inf")));
}

TEST(AggregatedPosteriors, AreThoseOfAFileToo) {
  const TrainedModel model = untrained({{"kind", "autoencoder"}});
  const TempDir dir;
  const at::Tensor rows = learnable_rows(300, kWidth);
  NpyWriter writer(dir / "rows.npy", NpyType::float32, {kWidth});
  writer.write(rows.const_data_ptr<float>(), 300);
  writer.commit();
  const AggregatedPosterior of_file = fit_aggregated_posterior(model, dir / "rows.npy", 1);
  EXPECT_EQ(of_file.codes, 300);
  EXPECT_NEAR(of_file.selected.fit.bic, posterior_of(model).selected.fit.bic, 1e-3);
  EXPECT_THAT(of_file.lines().front(), HasSubstr("300 codes of " + (dir / "rows.npy").string()));
}

TEST(AggregatedPosteriors, TakeEvenlySpacedRowsOfMany) {
  const TrainedModel model = untrained({{"kind", "autoencoder"}, {"latent_dim", 2}});
  const TempDir dir;
  const at::Tensor rows = at::full({50001, kWidth}, 0.5, at::kFloat);  // equal, to be quick
  NpyWriter writer(dir / "rows.npy", NpyType::float32, {kWidth});
  writer.write(rows.const_data_ptr<float>(), rows.size(0));
  writer.commit();
  EXPECT_EQ(fit_aggregated_posterior(model, row_set(rows), 1).codes, 20000);
  // Of a file, whose number of rows may not be known before its end, every fourth.
  EXPECT_EQ(fit_aggregated_posterior(model, dir / "rows.npy", 1).codes, 12501);
}

TEST(AggregatedPosteriors, RefuseWhatTheyCannotBeFittedTo) {
  const TrainedModel conditional = untrained({{"kind", "vae"}, {"conditional", true}});
  EXPECT_THAT([&] { posterior_of(conditional); },
              fails_on_usage("--from aggregated_posterior", "conditional", "--from prior"));
  const TrainedModel model = untrained({{"kind", "autoencoder"}});
  EXPECT_THAT([&] { posterior_of(model, 1); }, fails_on_data("rows.npy", "at least two rows"));
  at::Tensor rows = learnable_rows(20, kWidth);
  rows[3][2] = INFINITY;
  EXPECT_THAT([&] { fit_aggregated_posterior(model, row_set(rows), 1); },
              fails_on_data("rows.npy", "codes are not finite"));
}

TEST(CodeSource, SamplesTheAggregatedPosteriorInPortions) {
  const TrainedModel model = untrained({{"kind", "autoencoder"}});
  SampleRequest request;
  request.count = 10000;
  EXPECT_THAT([&] { code_source(model, request, {}); },
              fails_on_usage("has no prior", "--from aggregated_posterior", "--codes"));
  request.aggregated_posterior = posterior_of(model);
  const CodeSource source = code_source(model, request, {});
  EXPECT_EQ(source.rows, 10000);
  std::vector<at::Tensor> portions;
  while (const auto codes = source.next()) portions.push_back(*codes);
  EXPECT_GT(portions.size(), 1U);
  EXPECT_TRUE(at::equal(at::cat(portions), request.aggregated_posterior->draw(0, 10000, 1)));
}

TEST(SampleFile, RefusesArraysThatTheDiskHasNoRoomFor) {
  const TrainedModel model = untrained({{"kind", "vae"}});
  const TempDir dir;
  SampleRequest request{.out = dir / "samples.npy"};
  for (const int64_t count : {int64_t{1} << 40, int64_t{1} << 62}) {
    request.count = count;
    EXPECT_THAT([&] { sample_file(model, request); },
                fails_on_data(dir.path().string(), "are needed", "free"));
  }
  request.count = 3;
  EXPECT_EQ(sample_file(model, request), 3);
}

}  // namespace
}  // namespace ae
