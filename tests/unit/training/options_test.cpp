#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "config/reference.h"
#include "config/writer.h"
#include "error_matchers.h"
#include "experiments.h"
#include "training/state.h"

namespace ae {
namespace {

using testing::HasSubstr;

TEST(Experiment, MayBeResumedWithOtherLengthsAndPlaces) {
  EXPECT_THAT(resumable_paths(Experiment()),
              testing::UnorderedElementsAre(
                  "name", "data.train.path", "data.validation.path", "data.test.path",
                  "training.epochs", "training.early_stopping", "training.checkpoint_every",
                  "training.keep_last", "training.keep_every", "training.threads",
                  "training.on_non_finite", "training.non_finite_limit", "training.cuda_graphs",
                  "logging.tensorboard", "logging.report", "logging.pictures_every"));
  EXPECT_THAT(explain(Experiment(), "training.epochs"), HasSubstr("; may change on --resume)"));
  EXPECT_THAT(explain(Experiment(), "training.batch_size"),
              testing::Not(HasSubstr("may change on --resume")));
  const std::string all = explain(Experiment());
  const size_t list = all.find("\nOptions that --resume may change:\n");
  ASSERT_NE(list, std::string::npos);
  EXPECT_THAT(all.substr(list), HasSubstr("training.epochs,\n    training.early_stopping"));
}

TEST(Experiment, TakesItsFilesNameUnlessNamed) {
  EXPECT_EQ(experiment_of(Json::object()).name, "test");
  EXPECT_EQ(experiment_of({{"name", "mine"}}).name, "mine");
  for (const char* name : {"", "a/b", "..", ".hidden", "a\nb", "a\x1b[2J"}) {
    EXPECT_THAT([&] { experiment_of({{"name", name}}); },
                fails_on_usage("name = ", "name of a folder"));
  }
}

TEST(Experiment, AppliesSettingsBeforeThePresetOfTheKind) {
  const Experiment experiment = experiment_of(Json::object(), {"model.kind=vae", "seed=7"});
  EXPECT_EQ(experiment.model.latent.type(), "gaussian");
  EXPECT_EQ(experiment.seed, 7);
}

TEST(Experiment, NamesFileOrCommandLineInErrors) {
  EXPECT_THAT(
      [] { experiment_of({{"model", {{"kind", "gan"}}}}); },
      fails_on_usage("test.json: model.kind = \"gan\"; expected one of autoencoder, sparse"));
  EXPECT_THAT([] { experiment_of(Json::object(), {"training.epochs=0"}); },
              fails_on_usage("--set: training.epochs = 0"));
  EXPECT_THAT([] { experiment_of({{"epochs", 3}}); },
              fails_on_usage("unknown key \"epochs\"", "did you mean \"training.epochs\"?"));
}

TEST(Experiment, RefusesWhatIsNoConfigFile) {
  const TempDir dir;
  EXPECT_THAT([&] { read_experiment(dir / "none.json", {}); },
              fails_on_usage("none.json: no such file"));
  EXPECT_THAT([&] { read_experiment(dir.path(), {}); }, fails_on_usage("is a folder"));
  EXPECT_THAT([&] { read_experiment(dir.write("a.json", "[]"), {}); },
              fails_on_usage("a.json: expected a JSON object"));
  EXPECT_THAT([&] { read_experiment(dir.write("b.json", "{}"), {}); },
              fails_on_usage("b.json: data.train.path is missing"));
}

TEST(Experiment, AllowsTheKeyByWhichEditorsFindTheSchema) {
  EXPECT_NO_THROW(experiment_of({{"$schema", "./ae.schema.json"}}));
}

TEST(Experiment, ReadsBackWhatItWrites) {
  for (const char* kind : {"autoencoder", "sparse", "denoising", "vae"}) {
    const Json written = options_json(experiment_of({{"model", {{"kind", kind}}}}));
    const Experiment read = stored_experiment(parse_json(written.dump(), "a"), {"a", {}, {}});
    EXPECT_EQ(options_json(read), written) << kind;
  }
}

TEST(Experiment, ExplainsEveryOption) {
  const std::string text = explain(Experiment());
  for (const char* path :
       {"data.train.path", "corruption.noise_factor", "model.latent_dim", "model.sparsity.weight",
        "objective.kl.weight", "optimizer.learning_rate", "optimizer.schedule.final_factor",
        "optimizer.schedule.warm_up", "optimizer.clip_norm", "training.accumulate_batches",
        "training.ema.decay", "training.early_stopping.patience_epochs"}) {
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
  state.schedule = {-1.0 / 7, 3, 0.1 * 0.1 * 0.1};
  const TrainingState copy = TrainingState::from_json(parse_json(state.to_json().dump(), "a"), "a");
  EXPECT_EQ(copy.epoch, state.epoch);
  EXPECT_EQ(copy.step, state.step);
  EXPECT_EQ(copy.rows_done, state.rows_done);
  EXPECT_EQ(copy.sums, state.sums);
  EXPECT_EQ(copy.seconds, state.seconds);
  EXPECT_EQ(copy.best.loss, state.best.loss);
  EXPECT_EQ(copy.best.epoch, 2);
  EXPECT_EQ(copy.best.step, 200);
  EXPECT_EQ(copy.schedule.best, state.schedule.best);
  EXPECT_EQ(copy.schedule.bad_epochs, 3);
  EXPECT_EQ(copy.schedule.factor, state.schedule.factor);
}

TEST(TrainingState, SaysThatThereIsNoBestEpochYet) {
  const TrainingState copy = TrainingState::from_json(TrainingState().to_json(), "a");
  EXPECT_EQ(copy.best.epoch, 0);
  EXPECT_TRUE(std::isinf(copy.best.loss));
  EXPECT_TRUE(std::isinf(copy.schedule.best));
  EXPECT_EQ(copy.schedule.factor, 1);
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
  EXPECT_THAT(broken("step", int64_t{1} << 62), refusal) << "adding to it could overflow";
  EXPECT_THAT(broken("rows_done", 1e300), refusal);
  EXPECT_THAT(broken("samples", 8), refusal) << "more than there were rows, and no sums";
  EXPECT_THAT(broken("sums", {{{"name", "loss"}}}), refusal);
  EXPECT_THAT(broken("best", 3), refusal);
  EXPECT_THAT(broken("schedule", {{"best", 1}}), refusal);
  EXPECT_THAT([] { TrainingState::from_json(Json::array(), "state.json"); }, refusal);
}

}  // namespace
}  // namespace ae
