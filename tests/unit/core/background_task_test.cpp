#include "core/background_task.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "error_matchers.h"

namespace ae {
namespace {

TEST(BackgroundTask, RunsBesideItsCallerUntilFinished) {
  std::atomic<bool> go_on{false};
  std::atomic<std::thread::id> worker;
  BackgroundTask background;
  EXPECT_FALSE(background.is_started());
  background.start([&] {
    worker = std::this_thread::get_id();
    go_on.wait(false);
  });
  EXPECT_TRUE(background.is_started());
  EXPECT_FALSE(background.is_ready());
  EXPECT_THAT([&] { background.start([] {}); }, fails_with(ErrorKind::internal, "finished"));
  go_on = true;
  go_on.notify_all();
  background.finish();
  EXPECT_FALSE(background.is_started());
  EXPECT_NE(worker.load(), std::this_thread::get_id());
}

TEST(BackgroundTask, RethrowsTheErrorFromFinish) {
  BackgroundTask background;
  background.start([] { throw data_error("no space"); });
  EXPECT_THAT([&] { background.finish(); }, fails_on_data("no space"));
  bool done = false;
  background.start([&] { done = true; });
  background.finish();
  EXPECT_TRUE(done);
}

TEST(BackgroundTask, WaitsForItsWorkOnDestruction) {
  std::atomic<bool> done{false};
  {
    BackgroundTask background;
    background.start([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      done = true;
    });
  }
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace ae
