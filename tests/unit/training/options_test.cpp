#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "config/interval.h"
#include "config/reference.h"
#include "config/writer.h"
#include "error_matchers.h"
#include "experiments.h"
#include "training/state.h"

namespace ae {
namespace {

using testing::HasSubstr;

template <class... Texts>
auto refused(const Texts&... texts) {
  return fails_with(ErrorKind::usage, texts...);
}

Interval interval(const Json& text) {
  return experiment_of({{"training", {{"checkpoint_every", text}}}}).training.checkpoint_every;
}

TEST(Interval, IsANumberAndAUnit) {
  using Unit = Interval::Unit;
  const struct {
    const char* text;
    double amount;
    Unit unit;
  } cases[] = {{"10e", 10, Unit::epochs},     {"5000u", 5000, Unit::updates},
               {"30s", 30, Unit::seconds},    {"1.5s", 1.5, Unit::seconds},
               {"10min", 600, Unit::seconds}, {"2h", 7200, Unit::seconds}};
  for (const auto& [text, amount, unit] : cases) {
    EXPECT_EQ(interval(text).amount, amount) << text;
    EXPECT_EQ(interval(text).unit, unit) << text;
  }
}

TEST(Interval, RefusesTheRest) {
  for (const Json& text : std::vector<Json>{"10", "e", "0e", "-1e", "1.5e", "2.5u", "10 e", "10m",
                                            "nans", "infs", "1e400s", "", 10, nullptr, "0x10u"}) {
    EXPECT_THAT([&] { interval(text); },
                refused("training.checkpoint_every = ", "an interval such as \"10e\" (epochs)"))
        << text;
  }
}

TEST(Interval, IsWrittenAsItIsRead) {
  for (const char* text : {"10e", "5000u", "30s", "0.25s", "100000000u"}) {
    const Experiment experiment = experiment_of({{"training", {{"checkpoint_every", text}}}});
    const Json written = options_json(experiment)["training"]["checkpoint_every"];
    EXPECT_EQ(interval(written).amount, interval(text).amount) << text;
    EXPECT_EQ(interval(written).unit, interval(text).unit) << text;
  }
}

TEST(Experiment, TakesItsFilesNameUnlessNamed) {
  EXPECT_EQ(experiment_of(Json::object()).name, "test");
  EXPECT_EQ(experiment_of({{"name", "mine"}}).name, "mine");
  for (const char* name : {"", "a/b", "..", ".hidden", "a\nb"}) {
    EXPECT_THAT([&] { experiment_of({{"name", name}}); }, refused("name = ", "name of a folder"));
  }
}

TEST(Experiment, AppliesSettingsBeforeThePresetOfTheKind) {
  const Experiment experiment = experiment_of(Json::object(), {"model.kind=vae", "seed=7"});
  EXPECT_EQ(experiment.model.latent.type(), "gaussian");
  EXPECT_EQ(experiment.seed, 7);
}

TEST(Experiment, NamesFileOrCommandLineInErrors) {
  EXPECT_THAT([] { experiment_of({{"model", {{"kind", "gan"}}}}); },
              refused("test.json: model.kind = \"gan\"; expected one of autoencoder, sparse"));
  EXPECT_THAT([] { experiment_of(Json::object(), {"training.epochs=0"}); },
              refused("--set: training.epochs = 0"));
  EXPECT_THAT([] { experiment_of({{"epochs", 3}}); },
              refused("unknown key \"epochs\"", "did you mean \"training.epochs\"?"));
}

TEST(Experiment, RefusesWhatIsNoConfigFile) {
  const TempDir dir;
  EXPECT_THAT([&] { read_experiment(dir / "none.json", {}); },
              refused("none.json: no such config"));
  EXPECT_THAT([&] { read_experiment(dir.path(), {}); }, refused("is a folder"));
  EXPECT_THAT([&] { read_experiment(dir.write("a.json", "[]"), {}); },
              refused("a.json: expected a JSON object"));
  EXPECT_THAT([&] { read_experiment(dir.write("b.json", "{}"), {}); },
              refused("b.json: data.train.path is missing"));
}

TEST(Experiment, AllowsTheKeyByWhichEditorsFindTheSchema) {
  EXPECT_NO_THROW(experiment_of({{"$schema", "./ae.schema.json"}}));
}

TEST(Experiment, ReadsBackWhatItWrites) {
  for (const char* kind : {"autoencoder", "sparse", "denoising", "vae"}) {
    const Json written = options_json(experiment_of({{"model", {{"kind", kind}}}}));
    const Experiment read = experiment_from_json(parse_json(written.dump(), "a"), {"a", {}, {}});
    EXPECT_EQ(options_json(read), written) << kind;
  }
}

TEST(Experiment, ExplainsEveryOption) {
  const std::string text = explain(Experiment());
  for (const char* path : {"data.train.path", "corruption.noise_factor", "model.latent_dim",
                           "model.sparsity.weight", "objective.kl.weight",
                           "optimizer.learning_rate", "training.early_stopping.patience_epochs"}) {
    EXPECT_THAT(text, HasSubstr(path));
  }
}

TEST(TrainingState, SurvivesJsonExactly) {
  TrainingState state;
  state.epoch = 3;
  state.step = int64_t{1} << 60;
  state.rows_done = 128;
  state.sums = {{"loss", 0.1 + 0.2}, {"kl", 1.0 / 3}, {"tiny", 5e-324}, {"huge", 1.7e308}};
  state.seconds = 0.1;
  state.best = {2.0 / 3, 2, 200};
  const TrainingState copy = TrainingState::from_json(parse_json(state.to_json().dump(), "a"), "a");
  EXPECT_EQ(copy.epoch, state.epoch);
  EXPECT_EQ(copy.step, state.step);
  EXPECT_EQ(copy.rows_done, state.rows_done);
  EXPECT_EQ(copy.sums, state.sums);
  EXPECT_EQ(copy.seconds, state.seconds);
  EXPECT_EQ(copy.best.loss, state.best.loss);
  EXPECT_EQ(copy.best.epoch, 2);
  EXPECT_EQ(copy.best.step, 200);
}

TEST(TrainingState, SaysThatThereIsNoBestEpochYet) {
  const TrainingState copy = TrainingState::from_json(TrainingState().to_json(), "a");
  EXPECT_EQ(copy.best.epoch, 0);
  EXPECT_TRUE(std::isinf(copy.best.loss));
}

TEST(TrainingState, RefusesMalformedJson) {
  const auto broken = [](const char* key, const Json& value) {
    Json json = TrainingState().to_json();
    json[key] = value;
    return [json] { TrainingState::from_json(json, "state.json"); };
  };
  const auto refusal = fails_on_data("state.json: the training state is malformed");
  EXPECT_THAT(broken("epoch", "x"), refusal);
  EXPECT_THAT(broken("step", -1), refusal);
  EXPECT_THAT(broken("sums", {{{"name", "loss"}}}), refusal);
  EXPECT_THAT(broken("best", 3), refusal);
  EXPECT_THAT([] { TrainingState::from_json(Json::array(), "state.json"); }, refusal);
}

}  // namespace
}  // namespace ae
