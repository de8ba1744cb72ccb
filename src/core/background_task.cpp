#include "core/background_task.h"

#include <chrono>
#include <utility>

#include "core/error.h"

namespace ae {

void BackgroundTask::start(std::function<void()> work) {
  if (work_.valid())
    throw internal_error("background task started before the previous one was finished");
  work_ = std::async(std::launch::async, std::move(work));
}

bool BackgroundTask::is_ready() const {
  return work_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

}  // namespace ae
