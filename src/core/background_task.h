#pragma once

#include <functional>
#include <future>

namespace ae {

/// One piece of work at a time, on a thread beside the one that gives it. What the work throws
/// comes out of finish(). Whatever is under way ends with this object at the latest.
class BackgroundTask {
 public:
  /// The work before must be finished.
  void start(std::function<void()> work);
  /// True from start() to finish().
  bool is_started() const { return work_.valid(); }
  /// True where finish() need not wait.
  bool is_ready() const;
  /// Waits for the work. @throws what it threw
  void finish() { work_.get(); }

 private:
  std::future<void> work_;  // its destructor waits
};

}  // namespace ae
