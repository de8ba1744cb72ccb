#include "runs/checkpoint_store.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "files/atomic_file.h"
#include "files/temporary_name.h"
#include "runs/run_paths.h"
#include "temp_dir.h"

namespace ae {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

/// A folder of checkpoints, all of them complete.
class Store : public TempDir {
 public:
  explicit Store(std::initializer_list<int64_t> steps) {
    for (const int64_t step : steps) {
      fs::create_directory(path() / checkpoint_name(step));
      write(checkpoint_name(step) + "/state.json", "{}");
    }
  }

  std::vector<std::string> after_removal(const char* last, const char* best,
                                         const Retention& retention) const {
    if (last != nullptr) replace_symlink(path() / "last", last);
    if (best != nullptr) replace_symlink(path() / "best", best);
    remove_old_checkpoints(path(), retention);
    std::vector<std::string> left;
    for (const auto& entry : fs::directory_iterator(path())) {
      if (!entry.is_symlink()) left.push_back(entry.path().filename().string());
    }
    std::sort(left.begin(), left.end());
    return left;
  }
};

TEST(CheckpointStore, KeepsTheLastAndTheBest) {
  EXPECT_THAT(Store({1, 2, 3, 4, 5}).after_removal("step_5", "step_2", {}),
              ElementsAre("step_2", "step_5"));
  EXPECT_THAT(Store({1, 2, 3}).after_removal("step_3", "step_3", {}), ElementsAre("step_3"));
}

TEST(CheckpointStore, KeepsSeveralOfTheLastBesideTheBest) {
  EXPECT_THAT(Store({9, 10, 11, 12}).after_removal("step_12", "step_11", {.last = 2}),
              ElementsAre("step_10", "step_11", "step_12"));
}

TEST(CheckpointStore, KeepsMultiplesForGood) {
  EXPECT_THAT(
      Store({5, 7, 10, 12}).after_removal("step_12", "step_12", {.last = 1, .every_updates = 5}),
      ElementsAre("step_10", "step_12", "step_5"));
}

TEST(CheckpointStore, RemovesWhatAKilledProcessLeft) {
  const Store store({3, 4});
  const fs::path half = temporary_name(store.path() / "step_5");
  fs::create_directory(half);
  // It had saved step 4 and not linked it: what resumes from 3 saves it again.
  EXPECT_THAT(store.after_removal("step_3", "step_3", {.last = 2}), ElementsAre("step_3"));
}

TEST(CheckpointStore, RemovesNoneWhereNoLinkSaysWhichIsTheLast) {
  EXPECT_THAT(Store({3, 4}).after_removal(nullptr, "step_3", {}), ElementsAre("step_3", "step_4"));
}

TEST(ResumableCheckpoint, IsTheLastElseTheCompleteOneOfTheMostUpdates) {
  const TempDir run;
  EXPECT_EQ(resumable_checkpoint({run.path()}), "");
  const fs::path folder = run / "checkpoints";
  for (const char* name : {"step_9", "step_10", "step_11", "step_x"}) {
    fs::create_directories(folder / name);
    if (std::string(name) != "step_11") std::ofstream(folder / name / "state.json") << "{}";
  }
  EXPECT_EQ(resumable_checkpoint({run.path()}), folder / "step_10");
  replace_symlink(folder / "last", "step_9");
  EXPECT_EQ(resumable_checkpoint({run.path()}), folder / "last");
  replace_symlink(folder / "last", "step_12");
  EXPECT_EQ(resumable_checkpoint({run.path()}), folder / "step_10");
}

}  // namespace
}  // namespace ae
