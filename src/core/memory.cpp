#include "core/memory.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <string>

namespace ae {
namespace {

constexpr int64_t kUnknown = std::numeric_limits<int64_t>::max();

std::optional<int64_t> number_in(const char* path) {
  std::ifstream file(path);
  int64_t number = 0;
  if (file >> number) return number;
  return std::nullopt;  // missing, or "max"
}

int64_t system_bytes() {
  std::ifstream file("/proc/meminfo");
  for (std::string key; file >> key;) {
    int64_t kilobytes = 0;
    if (key == "MemAvailable:" && file >> kilobytes) return kilobytes * 1024;
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return kUnknown;
}

int64_t container_bytes() {
  const auto limit = number_in("/sys/fs/cgroup/memory.max");
  const auto used = number_in("/sys/fs/cgroup/memory.current");
  if (!limit || !used) return kUnknown;
  // What is used includes cached files, which give way; so the answer errs on the low side, and
  // half of the limit always counts as free.
  return std::max(*limit - *used, *limit / 2);
}

/// Bytes that the limit on this process's address space (ulimit -v) leaves.
int64_t address_space_bytes() {
  rlimit limit{};
  const auto pages = number_in("/proc/self/statm");
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || !pages) {
    return kUnknown;
  }
  return std::max<int64_t>(0,
                           static_cast<int64_t>(limit.rlim_cur) - *pages * sysconf(_SC_PAGESIZE));
}

}  // namespace

int64_t available_memory_bytes() {
  return std::min({system_bytes(), container_bytes(), address_space_bytes()});
}

}  // namespace ae
