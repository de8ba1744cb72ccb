#include "io/temporary_name.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "core/error.h"

namespace ae {
namespace {

constexpr std::string_view kSuffix = ".tmp";
constexpr size_t kDigits = 16;
// File names are limited to 255 bytes.
constexpr size_t kMaxNameBytes = 200;

}  // namespace

uint64_t system_random_bits() {
  uint64_t number = 0;
  while (::getrandom(&number, sizeof(number), 0) != sizeof(number)) {
    if (errno != EINTR) throw internal_error("getrandom failed: {}", std::strerror(errno));
  }
  return number;
}

std::filesystem::path temporary_name(const std::filesystem::path& path) {
  const std::string name = path.filename().string().substr(0, kMaxNameBytes);
  return path.parent_path() / fmt::format(".{}.{:016x}{}", name, system_random_bits(), kSuffix);
}

bool is_temporary_name(const std::filesystem::path& name) {
  std::string text = name.filename().string();
  if (!text.starts_with('.') || !text.ends_with(kSuffix)) return false;
  text.resize(text.size() - kSuffix.size());
  if (text.size() < kDigits + 2 || text[text.size() - kDigits - 1] != '.') return false;
  return std::all_of(text.end() - kDigits, text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

void flush_folder(const std::filesystem::path& path) {
  const std::filesystem::path parent = path.parent_path();
  const std::filesystem::path folder = parent.empty() ? "." : parent;
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) {
    // A folder that is writable but not readable cannot be opened, and so not flushed.
    if (errno == EACCES) return;
    throw data_error("{}: cannot be opened: {}", folder.string(), std::strerror(errno));
  }
  const int status = ::fsync(file);
  const int error = errno;
  ::close(file);
  // EINVAL: the file system does not support flushing folders.
  if (status != 0 && error != EINVAL) {
    throw data_error("{}: cannot be flushed to disk: {}", folder.string(), std::strerror(error));
  }
}

}  // namespace ae
