#include "checkpoints/checkpoint.h"

#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include "checkpoints/tensor_file.h"
#include "error_matchers.h"
#include "experiments.h"

namespace ae {
namespace {

namespace fs = std::filesystem;

/// A small training engine and a checkpoint of it.
class Saved {
 public:
  explicit Saved(int64_t features = 2)
      : experiment_(experiment_of({{"model", {{"kind", "autoencoder"}, {"encoder", "linear"}}}},
                                  {"model.latent_dim=1"})),
        engine_(model_of(experiment_, features), objective_of(experiment_, features),
                *experiment_.optimizer, at::kCPU, update_options(experiment_)) {
    Preprocessing preprocessing;
    preprocessing.shape = {features};
    save_checkpoint(folder(), {experiment_, preprocessing}, engine_.parameters(),
                    {state(), engine_.snapshot()});
  }

  fs::path folder() const { return dir_ / "step_7"; }
  TrainingEngine& engine() { return engine_; }
  TrainingSnapshot load(const fs::path& from) {
    TrainingSnapshot snapshot{{}, engine_.snapshot()};
    load_snapshot(from, engine_.parameters(), snapshot);
    return snapshot;
  }

 private:
  static TrainingState state() {
    TrainingState state;
    state.step = 7;
    state.best = {.loss = 0.25, .epoch = 1, .step = 5};
    return state;
  }

  TempDir dir_;
  Experiment experiment_;
  TrainingEngine engine_;
};

TEST(Checkpoint, LoadsWhatWasSaved) {
  Saved saved;
  const TrainingSnapshot snapshot = saved.load(saved.folder());
  EXPECT_EQ(snapshot.state.step, 7);
  EXPECT_EQ(snapshot.state.best.loss, 0.25);
  EXPECT_TRUE(at::equal(snapshot.engine.values, saved.engine().parameters().values()));
}

TEST(Checkpoint, IsRefusedWithAnyByteChangedOrAnyEndCutOff) {
  Saved saved;
  for (const char* name : {"model.safetensors", "state.safetensors", "state.json"}) {
    const fs::path path = saved.folder() / name;
    const std::string whole = bytes_of(path);
    const auto expect_refused = [&](const std::string& bytes, size_t at) {
      std::ofstream(path, std::ios::binary) << bytes;
      EXPECT_THAT([&] { saved.load(saved.folder()); }, fails_on_data(name)) << at;
    };
    for (size_t at = 0; at < whole.size(); ++at) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ (at % 2 == 0 ? 1 : 0x20));
      expect_refused(damaged, at);
      if (at % 7 == 0 || at + 1 == whole.size()) expect_refused(whole.substr(0, at), at);
    }
    std::ofstream(path, std::ios::binary) << whole;
  }
  saved.load(saved.folder());
}

/// A damaged state.json whose version reads as schema 1.
TEST(Checkpoint, CannotPassForOneOfTheSchemaThatHadNoChecksum) {
  Saved saved;
  const fs::path path = saved.folder() / "state.json";
  std::string text = bytes_of(path);
  text.replace(text.find("_version\": 2"), 12, "_version\": 1");
  std::ofstream(path) << text;
  EXPECT_THAT([&] { saved.load(saved.folder()); },
              fails_on_data("state.json: does not match its own checksum"));
}

TEST(Checkpoint, OfAnotherModelIsRefusedWithAllThatDoesNotFit) {
  Saved saved(2);
  Saved other(3);
  EXPECT_THAT([&] { saved.load(other.folder()); },
              fails_on_data("model.safetensors: does not fit",
                            "latent.projection.weight is 1×3, expected 1×2; decoder.0.weight is"));
}

TEST(TensorFile, ListsWhatIsMissingNotExpectedAndOfAnotherShape) {
  const TempDir dir;
  const at::Tensor two = at::full({2}, 1.0, at::kFloat);
  write_tensors(dir / "a.safetensors", {{"extra", two}, {"same", two}, {"shape", two}}, {});
  const at::Tensor same = at::full({2}, 5.0, at::kFloat);
  EXPECT_THAT(
      [&] {
        read_tensors_into(dir / "a.safetensors", {{"same", same},
                                                  {"shape", at::full({3}, 0.0, at::kFloat)},
                                                  {"absent", two},
                                                  {"gone", two}});
      },
      fails_on_data(
          "shape is 2, expected 3; absent is missing; gone is missing; \"extra\" is not part "
          "of the model"));
  EXPECT_EQ(same[0].item<float>(), 5) << "all or none";
}

}  // namespace
}  // namespace ae
