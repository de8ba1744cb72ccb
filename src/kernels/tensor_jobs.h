#pragma once

#include <cstddef>
#include <functional>

#include "core/jobs.h"
#include "kernels/single_thread_guard.h"

namespace ae {

/// run_jobs() for jobs that compute with tensors: LibTorch's operations take one thread each, as
/// threads of their own in every job would compete for the processor's cores.
inline void run_tensor_jobs(size_t jobs, int threads, const std::function<void(size_t)>& job) {
  const SingleThreadGuard caller;
  run_jobs(jobs, threads, [&](size_t i) {
    const SingleThreadGuard own;
    job(i);
  });
}

}  // namespace ae
