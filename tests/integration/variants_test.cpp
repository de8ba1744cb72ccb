// Latents, penalties, bounds and corruptions, from training to evaluation.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "config/overrides.h"
#include "integration/digits.h"

namespace ae {
namespace {

struct Variant {
  const char* name;
  const char* kind;
  Json options;                 ///< merged into the kind's config
  std::set<std::string> terms;  ///< terms of a training line besides loss and reconstruction
};

void PrintTo(const Variant& tested, std::ostream* stream) { *stream << tested.name; }

class EveryVariant : public testing::TestWithParam<Variant> {};

TEST_P(EveryVariant, TrainsEncodesAndIsEvaluated) {
  const Workplace place;
  Json config = digits_config(GetParam().kind, 1);
  config["name"] = GetParam().name;
  config.merge_patch(GetParam().options);
  ASSERT_THAT(place.train(config), succeeds());
  const std::string run = std::string("runs/") + GetParam().name;
  const std::vector<Json> lines = read_metrics(place / run / "metrics.jsonl");
  for (const std::string& term : GetParam().terms) {
    EXPECT_TRUE(lines.front().contains(term)) << term;
  }
  for (const Json& line : lines) {
    for (const auto& [key, value] : line.items()) {
      EXPECT_TRUE(!value.is_number() || std::isfinite(value.get<double>())) << key;
    }
  }
  ASSERT_THAT(place.run("ae-encode", {run, "--data", digits_csv().string(), "--out", "c.npy"}),
              succeeds());
  // Equal to the codes that ae-train wrote for the validation rows.
  const Array written = read_array(place / run / "latents/validation.npy");
  const auto rows = read_integers(place / run / "latents/validation.rows.npy");
  const Array codes = read_array(place / "c.npy");
  const auto width = static_cast<size_t>(codes.shape.at(0));
  for (size_t i = 0; i < rows.size(); ++i) {
    for (size_t j = 0; j < width; ++j) {
      EXPECT_NEAR(codes.values[static_cast<size_t>(rows[i]) * width + j],
                  written.values[i * width + j], 1e-4);
    }
  }
  const ProgramResult evaluated = place.run("ae-eval", {run, "--json"});
  ASSERT_THAT(evaluated, succeeds());
  EXPECT_NEAR(Json::parse(evaluated.out)["objective"]["loss"], lines.back()["loss"].get<double>(),
              1e-3 * std::max(1.0, std::abs(lines.back()["loss"].get<double>())));
}

const Json kTopK = {{"type", "top_k"}, {"k", 5}};

INSTANTIATE_TEST_SUITE_P(
    Variants, EveryVariant,
    testing::Values(
        Variant{"top-k",
                "sparse",
                {{"model", {{"latent", kTopK}, {"latent_dim", 100}}}},
                {"l0", "density", "variance_explained", "dead"}},
        Variant{"top-k-auxiliary",
                "sparse",
                {{"model",
                  {{"encoder", {{"type", "linear"}, {"hidden", nullptr}}},
                   {"latent", layered(kTopK, {{"auxiliary_k", 32}})},
                   {"latent_dim", 200},
                   {"unit_norm_decoder", true},
                   {"pre_encoder_bias", true}}},
                 {"training", {{"dead_after", "5u"}}}},
                {"auxiliary", "l0", "dead"}},
        Variant{"jump-relu",
                "sparse",
                {{"model",
                  {{"latent", {{"type", "jump_relu"}, {"threshold", 0.1}, {"bandwidth", 0.1}}},
                   {"latent_dim", 100}}}},
                {"sparsity", "l0", "dead"}},
        Variant{"contractive",
                "autoencoder",
                {{"model",
                  {{"encoder", {{"type", "linear"}, {"hidden", nullptr}}},
                   {"latent", {{"activation", "sigmoid"}}}}},
                 {"objective", {{"contractive_weight", 0.1}}}},
                {"contraction"}},
        Variant{"contractive-deep",
                "autoencoder",
                {{"objective", {{"contractive_weight", 0.1}}}},
                {"contraction"}},
        Variant{
            "iwae", "vae", {{"objective", {{"bound", "iwae"}, {"posterior_samples", 5}}}}, {"kl"}},
        Variant{"free-bits",
                "vae",
                {{"objective",
                  {{"posterior_samples", 2},
                   {"kl", {{"free_bits", 0.1}, {"capacity", {{"nats", 5}, {"length", "10u"}}}}}}}},
                {"kl"}},
        Variant{"block-masking",
                "denoising",
                {{"corruption",
                  {{"type", "block_masking"},
                   {"size", 3},
                   {"fill", "mean"},
                   {"corrupted_weight", 2},
                   {"clean_weight", 0.5}}}},
                {}}),
    [](const auto& tested) {
      std::string name = tested.param.name;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

TEST(Variants, AnImportanceWeightedBoundTakesMissingValues) {
  const Workplace place;
  std::string rows = "x,y,z\n";
  for (int i = 0; i < 64; ++i) {
    const std::string y = i % 5 == 0 ? "" : std::to_string(i % 11);
    rows += std::to_string(i % 7) + "," + y + "," + std::to_string(i % 13) + "\n";
  }
  place.write("rows.csv", rows);
  const Json config = {
      {"name", "gaps"},
      {"data", {{"train", {{"path", "rows.csv"}}}, {"missing", "mask"}}},
      {"model", {{"kind", "vae"}, {"encoder", "linear"}, {"latent_dim", 2}}},
      {"objective", {{"reconstruction", "gaussian"}, {"bound", "iwae"}, {"posterior_samples", 5}}},
      {"training", {{"epochs", 2}, {"batch_size", 16}}}};
  const ProgramResult result = place.train(config, {"--json"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
}

}  // namespace
}  // namespace ae
