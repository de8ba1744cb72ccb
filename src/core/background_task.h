#pragma once

#include <functional>
#include <future>

namespace ae {

/// Runs one function at a time on a background thread. finish() rethrows its exception; the
/// destructor waits for it. Not thread-safe.
class BackgroundTask {
 public:
  /// Starts the function; the previous one must be finished.
  /// @throws Error(internal) otherwise
  void start(std::function<void()> work);
  /// True from start() to finish().
  bool is_started() const { return work_.valid(); }
  /// True if finish() would not block.
  bool is_ready() const;
  /// Waits for the function and rethrows its exception, if any.
  void finish() { work_.get(); }

 private:
  std::future<void> work_;  // its destructor waits
};

}  // namespace ae
