#include "runs/run_lock.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/text.h"

namespace ae {
namespace {

/// "process 4711 on host", as the holder wrote it.
std::string holder(int file) {
  std::array<char, 128> text{};
  const ssize_t length = pread(file, text.data(), text.size(), 0);
  return length > 0 ? one_line(std::string(text.data(), static_cast<size_t>(length)))
                    : "another process";
}

void sign(int file) {
  std::array<char, 65> host{};
  gethostname(host.data(), host.size() - 1);
  const std::string text = fmt::format("process {} on {}", getpid(), host.data());
  // Only for people: the lock is what counts.
  if (ftruncate(file, 0) != 0 || pwrite(file, text.data(), text.size(), 0) < 0) {
    spdlog::debug("the run's lock cannot be signed: {}", std::strerror(errno));
  }
}

/// False where a file of that name has taken the open one's place, or none.
bool is_named(int file, const std::filesystem::path& path) {
  struct stat open{};
  struct stat named{};
  return fstat(file, &open) == 0 && stat(path.c_str(), &named) == 0 &&
         open.st_ino == named.st_ino && open.st_dev == named.st_dev;
}

}  // namespace

RunLock::RunLock(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / ".lock";
  file_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  // Where nothing can be written nothing needs a lock: a finished run on a read-only disk.
  if (file_ < 0 && (errno == EACCES || errno == EPERM || errno == EROFS)) return;
  if (file_ < 0) {
    throw data_error("{}: cannot be written: {}", path.string(), std::strerror(errno));
  }
  if (flock(file_, LOCK_EX | LOCK_NB) == 0) {
    if (!is_named(file_, path)) {
      close(file_);
      throw data_error("{}: another process has just replaced it; try again", folder.string());
    }
    sign(file_);
    return;
  }
  const int reason = errno;
  if (reason == EWOULDBLOCK) {
    const std::string by = holder(file_);
    close(file_);
    throw data_error("{}: is in use by {}; wait for it, stop it, or name another with --run-dir",
                     folder.string(), by);
  }
  spdlog::warn(
      "{}: this file system has no locks ({}); see to it that no other process trains there",
      folder.string(), std::strerror(reason));
}

RunLock::RunLock(RunLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

RunLock& RunLock::operator=(RunLock&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

RunLock::~RunLock() {
  if (file_ >= 0) close(file_);
}

}  // namespace ae
