#pragma once

#include <ATen/Parallel.h>

namespace ae {

/// RAII guard: runs LibTorch's operations on the calling thread alone.
class SingleThreadGuard {
 public:
  SingleThreadGuard() : threads_(at::get_num_threads()) { set(1); }
  ~SingleThreadGuard() { set(threads_); }
  SingleThreadGuard(const SingleThreadGuard&) = delete;
  SingleThreadGuard& operator=(const SingleThreadGuard&) = delete;

 private:
  static void set(int threads) {
    if (at::get_num_threads() != threads) at::set_num_threads(threads);
  }

  int threads_;
};

}  // namespace ae
