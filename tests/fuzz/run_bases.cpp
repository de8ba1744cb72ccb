#include "fuzz/run_bases.h"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "checkpoints/retention.h"
#include "io/atomic_file.h"
#include "io/formats/npy.h"
#include "runs/training_run.h"
#include "temp_dir.h"

namespace ae {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kRows = 16;
constexpr int64_t kStep = 4;  // the first of the second epoch

/// Data and config of a base run; small, as every input trains on from it.
struct Recipe {
  const char* data;
  const char* labels;
  const char* config;
};

constexpr std::array kRecipes = {
    // 0 named columns, text labels, a conditional posterior
    Recipe{"table.csv", "kind", R"({
      "data": {"train": {"path": "table.csv", "labels": "kind"}, "validation": {"last": 4},
               "test": {"path": "table.csv", "labels": "kind"}},
      "model": {"kind": "vae", "encoder": {"type": "mlp", "hidden": [6]}, "latent_dim": 2,
                "conditional": true},
      "objective": {"reconstruction": "bernoulli", "kl": {"weight": 0.5, "free_bits": 0.1}}})"},
    // 1 images and convolutions
    Recipe{"images.npy", "", R"({
      "data": {"train": {"path": "images.npy"}, "validation": {"last": 4}, "scale": 2},
      "model": {"kind": "vae", "latent_dim": 2,
                "encoder": {"type": "conv", "channels": [2, 3], "kernel": 3, "stride": 2,
                            "hidden": [5]}},
      "objective": {"reconstruction": "mse"}})"},
    // 2 a sparse code with dead-latent tracking
    Recipe{"rows.npy", "", R"({
      "data": {"train": {"path": "rows.npy"}, "validation": {"last": 4}},
      "corruption": {"type": "masking", "fraction": 0.2},
      "model": {"kind": "sparse", "encoder": "linear", "latent_dim": 8,
                "latent": {"type": "top_k", "k": 2, "auxiliary_k": 2},
                "decoder_from_encoder": true, "unit_norm_decoder": true, "pre_encoder_bias": true,
                "output_bias_from_data": true},
      "training": {"dead_after": "2u", "resample_dead": {"every": "5u"}}})"},
    // 3 other training state: running statistics, averages, a stateful schedule
    Recipe{"rows.npy", "", R"({
      "data": {"train": {"path": "rows.npy"}, "validation": {"last": 4}, "scale": [-1, 2]},
      "model": {"latent_dim": 2,
                "encoder": {"type": "mlp", "hidden": [6], "normalization": "batch",
                            "dropout": 0.1}},
      "optimizer": {"type": "adam", "learning_rate": 0.01, "clip_norm": 1,
                    "schedule": {"type": "plateau", "patience_epochs": 1}},
      "training": {"ema": {"decay": 0.9}, "early_stopping": {"patience_epochs": 3},
                   "precision": "float64", "on_non_finite": "rollback"}})"},
    // 4 columns of all types, missing values and fitted preprocessing
    Recipe{"mixed.csv", "", R"({
      "data": {"train": {"path": "mixed.csv"}, "validation": {"last": 4}, "missing": "mask",
               "preprocessing": [{"type": "clip", "columns": ["length"], "low": 0.1, "high": 0.9},
                                 {"type": "log1p", "columns": ["width"]}, "robust"]},
      "model": {"encoder": {"type": "mlp", "hidden": [6]}, "latent_dim": 2}})"},
    // 5 filled values and principal components
    Recipe{"mixed.csv", "", R"({
      "data": {"train": {"path": "mixed.csv"}, "validation": {"last": 4}, "missing": "median",
               "preprocessing": ["standardize", "whiten"]},
      "model": {"encoder": "linear", "latent_dim": 2}})"},
};

/// A value in [0, 1] that differs from its neighbours.
float value_at(int64_t row, int64_t column) {
  return static_cast<float>((row * 7 + column * 5) % 11) / 10;
}

void write_table(const fs::path& folder) {
  std::string text = "length,width,height,weight,kind\n";
  for (int64_t row = 0; row < kRows; ++row) {
    for (int64_t column = 0; column < 4; ++column)
      text += fmt::format("{},", value_at(row, column));
    text += std::array{"red", "green", "blue"}[static_cast<size_t>(row % 3)] + std::string("\n");
  }
  write_text_atomically(folder / "table.csv", text);
}

void write_mixed_table(const fs::path& folder) {
  std::string text = "length,width,open,kind\n";
  for (int64_t row = 0; row < kRows; ++row) {
    const auto kind = static_cast<size_t>(row % 3);
    text += fmt::format("{},{},{},{}\n", value_at(row, 0),
                        row % 5 == 0 ? "" : std::to_string(value_at(row, 1)),
                        row % 2 == 0 ? "yes" : "no", std::array{"red", "green", ""}[kind]);
  }
  write_text_atomically(folder / "mixed.csv", text);
}

void write_rows(const fs::path& path, const std::vector<int64_t>& shape, int64_t width) {
  std::vector<float> values;
  for (int64_t i = 0; i < kRows * width; ++i) values.push_back(value_at(i / width, i % width));
  NpyWriter writer(path, NpyType::float32, shape);
  writer.write(values.data(), kRows);
  writer.commit();
}

/// Ends training at a step, as a signal would.
class StopAt : public Observer {
 public:
  Action on_step(const Trainer& trainer) override {
    return trainer.state().step == kStep ? Action::stop : Action::go_on;
  }
};

/// Removes all checkpoints but one, so that its edits affect uses of both the last and the best.
void keep_last_alone(const fs::path& checkpoints, const std::string& step) {
  for (const fs::directory_entry& entry : fs::directory_iterator(checkpoints)) {
    if (entry.path().filename() != step) fs::remove_all(entry.path());
  }
  for (const char* link : {"best", "last"}) fs::create_symlink(step, checkpoints / link);
}

BaseRun train(const fs::path& folder, const Recipe& recipe) {
  write_table(folder);
  write_mixed_table(folder);
  write_rows(folder / "rows.npy", {5}, 5);
  write_rows(folder / "images.npy", {1, 8, 8}, 64);
  Json config = {{"name", "run"}};
  config.update(Json::parse(recipe.config));
  config["training"].update({{"epochs", 2}, {"batch_size", 4}, {"threads", 1}});
  BaseRun base{.folder = folder,
               .config = folder / "config.json",
               .data = folder / recipe.data,
               .labels = recipe.labels,
               .run = folder / "run",
               .step = checkpoint_name(kStep),
               .content = {}};
  write_text_atomically(base.config, config.dump(2));
  TrainRequest request;
  request.config = base.config;
  request.run_directory = base.run;
  request.device = "cpu";
  StopAt stop;
  TrainingRun(request).run({&stop}, [](const std::string&) {});
  keep_last_alone(base.run / "checkpoints", base.step);
  base.content = StoredRun::read(base.run, base.step);
  return base;
}

}  // namespace

size_t base_runs() { return kRecipes.size(); }

const BaseRun& base_run(size_t number) {
  struct Trained {
    TempDir folder;
    BaseRun run;
  };
  static std::array<std::unique_ptr<Trained>, kRecipes.size()> trained;
  std::unique_ptr<Trained>& found = trained[number];
  if (!found) {
    found = std::make_unique<Trained>();
    found->run = train(found->folder.path(), kRecipes[number]);
  }
  return found->run;
}

}  // namespace ae
