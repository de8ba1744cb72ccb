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

std::optional<int64_t> read_number(const char* path) {
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
  const auto limit = read_number("/sys/fs/cgroup/memory.max");
  const auto used = read_number("/sys/fs/cgroup/memory.current");
  if (!limit || !used) return kUnknown;
  // The usage includes the page cache, which is reclaimable: this underestimates what is free, so
  // at least half of the limit is returned.
  return std::max(*limit - *used, *limit / 2);
}

/// Bytes left under the limit on this process's address space (ulimit -v).
int64_t address_space_bytes() {
  rlimit limit{};
  const auto pages = read_number("/proc/self/statm");
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
