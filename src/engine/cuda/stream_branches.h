#pragma once

#include <ATen/cuda/CUDAEvent.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <array>

namespace ae::cuda {

/// Runs work on side streams, parallel to the current stream; in a CUDA graph they become branches.
/// Tensors that the work uses must live until join().
class StreamBranches {
 public:
  StreamBranches() : streams_{next_stream(), next_stream(), next_stream()} {}

  /// Launches `work` on a branch, ordered after everything on the current stream so far.
  template <class Work>
  void run(const Work& work) {
    run([] {}, work);
  }
  /// Launches `on` on the current stream, and `work` on a branch parallel to it.
  template <class On, class Work>
  void run(const On& on, const Work& work) {
    // `on` may use branches itself.
    const size_t own = next_;
    next_ = (next_ + 1) % streams_.size();
    at::cuda::CUDAEvent ready;
    ready.record();
    on();
    ready.block(streams_[own]);
    const c10::cuda::CUDAStreamGuard on_branch(streams_[own]);
    work();
    busy_[own] = true;
  }

  /// Makes the current stream wait for all branches.
  void join() {
    for (size_t i = 0; i < streams_.size(); ++i) {
      if (!busy_[i]) continue;
      at::cuda::CUDAEvent done;
      done.record(streams_[i]);
      done.block(c10::cuda::getCurrentCUDAStream());
      busy_[i] = false;
    }
  }

 private:
  static c10::cuda::CUDAStream next_stream() { return c10::cuda::getStreamFromPool(); }

  std::array<c10::cuda::CUDAStream, 3> streams_;
  std::array<bool, 3> busy_{};
  size_t next_ = 0;
};

}  // namespace ae::cuda
