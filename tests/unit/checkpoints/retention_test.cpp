#include "checkpoints/retention.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "checkpoints/checkpoint_schema.h"
#include "error_matchers.h"
#include "io/atomic_file.h"
#include "io/temporary_name.h"
#include "run_directory/run_paths.h"
#include "temp_dir.h"

namespace ae {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;

/// A folder of complete checkpoints.
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
  // It had saved step 4 without linking it: a run resumed from step 3 saves it again.
  EXPECT_THAT(store.after_removal("step_3", "step_3", {.last = 2}), ElementsAre("step_3"));
}

TEST(CheckpointStore, RemovesNoneWhereNoLinkSaysWhichIsTheLast) {
  EXPECT_THAT(Store({3, 4}).after_removal(nullptr, "step_3", {}), ElementsAre("step_3", "step_4"));
}

TEST(CheckpointStore, RemovesNoFileOfAnothersMaking) {
  const Store store({3, 4, 5});
  store.write("step_3/notes.txt", "mine");
  EXPECT_THAT(store.after_removal("step_5", "step_5", {}), ElementsAre("step_3", "step_5"));
  EXPECT_EQ(bytes_of(store / "step_3/notes.txt"), "mine");
  EXPECT_FALSE(fs::exists(store / "step_3/state.json"));
}

TEST(CheckpointStore, CannotCleanAFolderThatCannotBeRead) {
  const TempDir dir;
  const fs::path link = dir / "checkpoints";
  fs::create_symlink("checkpoints", link);  // points to itself
  EXPECT_THAT([&] { remove_old_checkpoints(link, {}); }, fails_on_data("checkpoints: cannot be"));
}

/// A run's checkpoints, some of them complete.
class ResumePointTest : public testing::Test {
 protected:
  void add(const std::string& name, bool has_state, bool has_model = false) const {
    fs::create_directories(folder_ / name);
    if (has_state) std::ofstream(folder_ / name / "state.json") << "{}";
    if (has_model) std::ofstream(folder_ / name / "model.safetensors") << "weights";
  }
  ResumePoint found() const { return find_resume_point({run_.path()}); }

  TempDir run_;
  fs::path folder_ = run_ / "checkpoints";
};

TEST_F(ResumePointTest, IsTheLastElseTheCompleteOneOfTheMostUpdates) {
  EXPECT_EQ(found().checkpoint, "");
  for (const char* name : {"step_9", "step_10", "step_x"}) add(name, true);
  add("step_11", false);
  EXPECT_EQ(found().checkpoint, folder_ / "step_10");
  replace_symlink(folder_ / "last", "step_9");
  EXPECT_EQ(found().checkpoint, folder_ / "step_9");
  replace_symlink(folder_ / "last", "step_12");
  EXPECT_EQ(found().checkpoint, folder_ / "step_10");
}

TEST_F(ResumePointTest, IsAFolderInTheLinksPlace) {
  add("last", true);
  EXPECT_EQ(found().checkpoint, folder_ / "last");
}

TEST_F(ResumePointTest, PassesBrokenCheckpointsByAndSaysSo) {
  add("step_3", true, true);
  add("step_5", false, true);
  replace_symlink(folder_ / "last", "step_5");
  EXPECT_EQ(found().checkpoint, folder_ / "step_3");
  EXPECT_THAT(found().note, testing::HasSubstr("step_5 without state.json; training continues from "
                                               "step_3"));
}

TEST_F(ResumePointTest, IsNoneWhereOnlyModelsAreLeft) {
  add("step_5", false, true);
  EXPECT_THAT([&] { found(); }, fails_on_data("checkpoints: step_5 without state.json"));
}

TEST_F(ResumePointTest, IsNotAbsentWhereTheSystemDoesNotTell) {
  fs::create_symlink("checkpoints", folder_);
  EXPECT_THAT([&] { found(); }, fails_on_data("checkpoints"));
}

/// Links that a copy (cp -rL) turned into folders become links again.
TEST(RestoreLinks, TurnsCopiesIntoLinks) {
  const TempDir run;
  const fs::path folder = run / "checkpoints";
  for (const char* name : {"step_4", "step_7", "last", "best"}) {
    fs::create_directories(folder / name);
  }
  const auto progress = [](int64_t step) { return Json{{"training", {{"step", step}}}}; };
  write_progress(folder / "step_7/state.json", progress(7));
  write_progress(folder / "last/state.json", progress(7));
  write_progress(folder / "best/state.json", progress(4));
  std::ofstream(folder / "best/model.safetensors") << "weights";
  restore_links(folder);
  EXPECT_EQ(fs::read_symlink(folder / "last"), "step_7");
  EXPECT_EQ(fs::read_symlink(folder / "best"), "step_4");
  EXPECT_EQ(bytes_of(folder / "step_4/model.safetensors"), "weights") << "there was no such copy";
}

}  // namespace
}  // namespace ae
