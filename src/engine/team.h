#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <thread>
#include <vector>

#include "engine/share.h"

namespace ae {

/// Threads that do the parts of one work at the same time, and wait for each other after it. Each
/// runs LibTorch's operations on itself alone. Between two works they watch for the next for a
/// moment before they sleep: a training step is many works, microseconds apart.
class Team {
 public:
  /// Starts members - 1 threads; the caller of run() is member 0.
  explicit Team(int members);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  int members() const { return static_cast<int>(threads_.size()) + 1; }
  /// Calls work(member) on every member and returns when all are done.
  /// @throws what one of them threw first
  void run(const std::function<void(int)>& work);

 private:
  void serve(int member);
  void attempt(int member) noexcept;

  std::vector<std::thread> threads_;
  const std::function<void(int)>* work_ = nullptr;
  std::atomic<int> round_{0};
  std::atomic<int> working_{0};
  std::atomic<bool> closing_{false};
  std::atomic_flag failed_ = ATOMIC_FLAG_INIT;
  std::exception_ptr failure_;
};

}  // namespace ae
