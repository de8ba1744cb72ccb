#pragma once

#include <ATen/Parallel.h>

namespace ae {

/// While this lives, LibTorch's operations have the calling thread alone.
class CallingThreadAlone {
 public:
  CallingThreadAlone() : threads_(at::get_num_threads()) { set(1); }
  ~CallingThreadAlone() { set(threads_); }
  CallingThreadAlone(const CallingThreadAlone&) = delete;
  CallingThreadAlone& operator=(const CallingThreadAlone&) = delete;

 private:
  static void set(int threads) {
    if (at::get_num_threads() != threads) at::set_num_threads(threads);
  }

  int threads_;
};

}  // namespace ae
