#include "run_directory/run_directory.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "io/path_kind.h"

namespace ae {
namespace {

namespace fs = std::filesystem;

/// "process 4711 on host", as the holder wrote it.
std::string holder(int file) {
  std::array<char, 128> text{};
  const ssize_t length = file < 0 ? 0 : pread(file, text.data(), text.size(), 0);
  return length > 0 ? one_line(std::string(text.data(), static_cast<size_t>(length)))
                    : "another process";
}

/// True for a file that holds a signature or nothing: any other is somebody's own.
bool may_be_signed(int file) {
  struct stat status{};
  if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink != 1) return false;
  std::array<char, 8> start{};
  return status.st_size == 0 ||
         (pread(file, start.data(), start.size(), 0) == static_cast<ssize_t>(start.size()) &&
          std::string_view(start.data(), start.size()) == "process ");
}

/// Writes who holds the lock. For people: the lock is what counts.
void sign(int file) {
  if (!may_be_signed(file)) return;
  std::array<char, 65> host{};
  gethostname(host.data(), host.size() - 1);
  const std::string text = fmt::format("process {} on {}", getpid(), host.data());
  if (ftruncate(file, 0) != 0 || pwrite(file, text.data(), text.size(), 0) < 0) {
    spdlog::debug("the run's lock cannot be signed: {}", std::strerror(errno));
  }
}

bool is_same_file(int file, const fs::path& path) {
  struct stat open{};
  struct stat named{};
  return fstat(file, &open) == 0 && stat(path.c_str(), &named) == 0 &&
         open.st_ino == named.st_ino && open.st_dev == named.st_dev;
}

Error in_use(const fs::path& run, int lock_file) {
  return data_error("{}: is in use by {}; wait for it, stop it, or name another with --run-dir",
                    run.string(), holder(lock_file));
}

Error cannot_be_locked(const fs::path& path, int error) {
  return data_error(
      "{}: cannot be locked against other processes: {}; name another folder with "
      "--run-dir, or have its permissions changed",
      path.string(), std::strerror(error));
}

/// Locks an open file or folder. @return 0 or an errno, ENOTSUP where the file system has no locks
int try_lock(int file) {
  if (flock(file, LOCK_EX | LOCK_NB) == 0) return 0;
  // Network file systems lock only what is open for writing, or nothing.
  return errno == EBADF || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP ? ENOTSUP
                                                                                     : errno;
}

}  // namespace

RunDirectory::RunDirectory(fs::path path) : path_(std::move(path)) {
  directory_ = FileDescriptor(open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory_.is_open()) throw cannot_be_locked(path_, errno);
  const fs::path by_descriptor = fmt::format("/proc/self/fd/{}", directory_.number());
  root_ = is_same_file(directory_.number(), by_descriptor) ? by_descriptor : path_;
  lock_directory();
  lock_file();
  if (!is_named(path_)) {
    throw data_error("{}: another process has just replaced it; try again", path_.string());
  }
}

void RunDirectory::lock_directory() {
  const int error = try_lock(directory_.number());
  if (error == 0 || error == ENOTSUP) return;
  if (error != EWOULDBLOCK) throw cannot_be_locked(path_, error);
  const FileDescriptor other(open((root_ / ".lock").c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  throw in_use(path_, other.number());
}

void RunDirectory::lock_file() {
  const fs::path file = root_ / ".lock";
  constexpr int kFlags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  bool writable = true;
  lock_ = FileDescriptor(open(file.c_str(), O_RDWR | O_CREAT | kFlags, 0666));
  if (!lock_.is_open() && (errno == EACCES || errno == EPERM || errno == EROFS)) {
    writable = false;
    lock_ = FileDescriptor(open(file.c_str(), O_RDONLY | kFlags));
    // There is none where nothing can be written: the directory's own lock serves.
    if (!lock_.is_open() && errno == ENOENT) return;
  }
  if (!lock_.is_open()) throw cannot_be_locked(path_ / ".lock", errno);
  const int error = try_lock(lock_.number());
  if (error == EWOULDBLOCK) throw in_use(path_, lock_.number());
  if (error == ENOTSUP) {
    spdlog::warn("{}: this file system has no locks; see to it that no other process trains there",
                 path_.string());
    return;
  }
  if (error != 0) throw cannot_be_locked(path_ / ".lock", error);
  if (writable) sign(lock_.number());
}

bool RunDirectory::is_named(const fs::path& path) const {
  return is_same_file(directory_.number(), path);
}

fs::path RunDirectory::present_path() const {
  if (is_named(path_) || root_ == path_) return path_;
  const fs::path moved = link_target(root_);
  return is_named(moved) ? moved : path_;
}

void RunDirectory::check_present() const {
  struct stat status{};
  // A removed directory has no links left.
  if (fstat(directory_.number(), &status) == 0 && status.st_nlink > 0) return;
  throw data_error("{}: the run was removed while it was being trained; nothing is left to save to",
                   path_.string());
}

void RunDirectory::check_named() const {
  if (is_named(path_)) return;
  throw data_error("{}: was moved or replaced meanwhile; try again", path_.string());
}

std::string RunDirectory::readable(std::string message) const {
  const std::string descriptor = root_.string();
  if (root_ == path_) return message;
  const std::string name = path_.string();
  for (size_t at = message.find(descriptor); at != std::string::npos;
       at = message.find(descriptor, at + name.size())) {
    const size_t end = at + descriptor.size();
    // Not 12 where 1 is meant.
    const bool whole = end == message.size() || message[end] < '0' || message[end] > '9';
    if (whole) message.replace(at, descriptor.size(), name);
  }
  return message;
}

}  // namespace ae
