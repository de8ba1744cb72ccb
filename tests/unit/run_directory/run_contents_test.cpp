#include "run_directory/run_contents.h"

#include <gtest/gtest.h>

#include "io/atomic_file.h"
#include "io/temporary_name.h"
#include "temp_dir.h"

namespace ae {
namespace {

namespace fs = std::filesystem;

/// A run with a file of each kind that ae-train writes.
class OldRun {
 public:
  OldRun() {
    for (const char* name :
         {"config.json", "manifest.json", "metrics.jsonl", ".lock", "latents/validation.npy",
          "latents/test.log_variance.npy", "latents/label_names.json", "samples/samples.png",
          "checkpoints/step_5/model.safetensors", "checkpoints/step_5/state.safetensors",
          "checkpoints/step_5/state.json", "checkpoints/.step_7.0123456789abcdef.tmp/state.json"}) {
      add(name);
    }
    replace_symlink(path() / "checkpoints/last", "step_5");
  }
  void add(const fs::path& name) const {
    fs::create_directories((path() / name).parent_path());
    dir_.write((fs::path("old") / name).string(), name.string());
  }
  fs::path path() const { return dir_ / "old"; }
  fs::path successor() const { return dir_ / "new"; }

 private:
  TempDir dir_;
};

TEST(DiscardRunFiles, LeavesNothingOfARun) {
  const OldRun run;
  discard_run_files(run.path(), "", run.successor());
  EXPECT_FALSE(fs::exists(run.path()));
  EXPECT_FALSE(fs::exists(run.successor()));
}

TEST(DiscardRunFiles, MovesAllElseToTheSuccessor) {
  const OldRun run;
  const fs::path others[] = {"notes.txt",
                             "analysis/deep/plot.png",
                             "latents/mine.npy",
                             "checkpoints/step_5/why.txt",
                             "checkpoints/step_x/model.safetensors",
                             "samples/state.json",
                             "latents/model.safetensors"};
  for (const fs::path& name : others) run.add(name);
  discard_run_files(run.path(), "", run.successor());
  EXPECT_FALSE(fs::exists(run.path()));
  for (const fs::path& name : others) EXPECT_EQ(bytes_of(run.successor() / name), name.string());
  EXPECT_FALSE(fs::exists(run.successor() / "manifest.json"));
  EXPECT_FALSE(fs::exists(run.successor() / "checkpoints/step_5/state.json"));
}

TEST(DiscardRunFiles, OverwritesNothingOfTheSuccessor) {
  const OldRun run;
  run.add("notes.txt");
  fs::create_directory(run.successor());
  std::ofstream(run.successor() / "notes.txt") << "newer";
  discard_run_files(run.path(), "", run.successor());
  EXPECT_EQ(bytes_of(run.successor() / "notes.txt"), "newer");
  EXPECT_EQ(bytes_of(run.path() / "notes.txt"), "notes.txt") << "it stays where it was";
}

TEST(DiscardRunFiles, KnowsAPartOfARunByItsPlace) {
  const OldRun run;
  run.add("checkpoints/step_5/why.txt");
  discard_run_files(run.path() / "checkpoints/step_5", "checkpoints/step_5", run.successor());
  EXPECT_EQ(bytes_of(run.successor() / "why.txt"), "checkpoints/step_5/why.txt");
  EXPECT_FALSE(fs::exists(run.path() / "checkpoints/step_5"));
  EXPECT_TRUE(fs::exists(run.path() / "manifest.json"));
}

}  // namespace
}  // namespace ae
