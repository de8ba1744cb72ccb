#include "io/free_space.h"

#include <sys/statvfs.h>

#include "core/error.h"

namespace ae {

void check_free_space(const std::filesystem::path& folder, uint64_t bytes) {
  struct statvfs system{};
  // Some file systems report no sizes; writing fails later, if at all.
  if (::statvfs(folder.c_str(), &system) != 0 || system.f_blocks == 0) return;
  const uint64_t free = uint64_t{system.f_bavail} * system.f_frsize;
  if (free >= bytes) return;
  throw data_error("{}: {:.3g} MB are needed and {:.3g} MB are free; free some space",
                   folder.string(), static_cast<double>(bytes) / 1e6,
                   static_cast<double>(free) / 1e6);
}

}  // namespace ae
