#include "core/jobs.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <system_error>
#include <thread>
#include <vector>

namespace ae {

void run_jobs(size_t jobs, int threads, const std::function<void(size_t)>& job) {
  std::atomic<size_t> next{0};
  std::atomic_flag failed = ATOMIC_FLAG_INIT;
  std::exception_ptr failure;
  const auto work = [&] {
    for (size_t i = next++; i < jobs; i = next++) {
      try {
        job(i);
      } catch (...) {
        if (!failed.test_and_set()) failure = std::current_exception();
        next = jobs;
      }
    }
  };
  {
    std::vector<std::jthread> others;
    const size_t count = std::min<size_t>(jobs, static_cast<size_t>(std::max(threads, 1)));
    try {
      for (size_t i = 1; i < count; ++i) others.emplace_back(work);
    } catch (const std::system_error&) {
      // Those that have started, and this one, do the work.
    }
    work();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace ae
