#pragma once

#include <cstddef>
#include <functional>

namespace ae {

/// Calls job(i) once for every i below `jobs`, each on one of at most `threads` threads, of which
/// the caller is one, and returns when all are done. For work of a millisecond and more: threads
/// are started for it, fewer where the system has no more.
/// @throws the first exception that a job threw
void run_jobs(size_t jobs, int threads, const std::function<void(size_t)>& job);

}  // namespace ae
