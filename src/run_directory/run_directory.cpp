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

/// Name of the lock's holder, such as "process 4711 on host", from the lock file.
std::string holder(int file) {
  std::array<char, 128> text{};
  const ssize_t length = file < 0 ? 0 : pread(file, text.data(), text.size(), 0);
  return length > 0 ? one_line(std::string(text.data(), static_cast<size_t>(length)))
                    : "another process";
}

/// Returns true if the lock file is empty or names a holder; any other content is not ours.
bool may_write_holder(int file) {
  struct stat status{};
  if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink != 1) return false;
  std::array<char, 8> start{};
  return status.st_size == 0 ||
         (pread(file, start.data(), start.size(), 0) == static_cast<ssize_t>(start.size()) &&
          std::string_view(start.data(), start.size()) == "process ");
}

/// Writes this process and host into the lock file, for error messages only.
void write_holder(int file) {
  if (!may_write_holder(file)) return;
  std::array<char, 65> host{};
  gethostname(host.data(), host.size() - 1);
  const std::string text = fmt::format("process {} on {}", getpid(), host.data());
  if (ftruncate(file, 0) != 0 || pwrite(file, text.data(), text.size(), 0) < 0) {
    spdlog::debug("the run's lock file cannot be written: {}", std::strerror(errno));
  }
}

Error cannot_be_accessed(const fs::path& path) {
  return data_error("{}: cannot be accessed: {}", path.string(), std::strerror(errno));
}

struct stat status_of(int file, const fs::path& path) {
  struct stat status{};
  if (fstat(file, &status) != 0) throw cannot_be_accessed(path);
  return status;
}

bool is_same_file(const struct stat& a, const struct stat& b) {
  return a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

Error in_use(const fs::path& run, int lock_file) {
  return data_error("{}: is in use by {}; wait for it, stop it, or name another with --run-dir",
                    run.string(), holder(lock_file));
}

Error cannot_be_locked(const fs::path& path, int error) {
  return data_error(
      "{}: cannot be locked against other processes: {}; name another folder with "
      "--run-dir, or change its permissions",
      path.string(), std::strerror(error));
}

/// Locks an open file or folder. @return 0 or an errno; ENOTSUP if the file system has no locks
int try_lock(int file) {
  if (flock(file, LOCK_EX | LOCK_NB) == 0) return 0;
  // Network file systems lock only files that are open for writing, or none.
  return errno == EBADF || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP ? ENOTSUP
                                                                                     : errno;
}

}  // namespace

RunDirectory::RunDirectory(fs::path path) : path_(std::move(path)) {
  directory_ = FileDescriptor(open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory_.is_open()) throw cannot_be_locked(path_, errno);
  const fs::path by_descriptor = fmt::format("/proc/self/fd/{}", directory_.number());
  // Where /proc is missing or may not be read, the path must do.
  struct stat by_number{};
  const bool is_usable = stat(by_descriptor.c_str(), &by_number) == 0 &&
                         is_same_file(status_of(directory_.number(), path_), by_number);
  root_ = is_usable ? by_descriptor : path_;
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
    // A read-only directory without a lock file: the directory's own lock suffices.
    if (!lock_.is_open() && errno == ENOENT) return;
  }
  if (!lock_.is_open()) throw cannot_be_locked(path_ / ".lock", errno);
  const int error = try_lock(lock_.number());
  if (error == EWOULDBLOCK) throw in_use(path_, lock_.number());
  if (error == ENOTSUP) {
    spdlog::warn("{}: this file system has no locks; make sure that no other process trains there",
                 path_.string());
    return;
  }
  if (error != 0) throw cannot_be_locked(path_ / ".lock", error);
  if (writable) write_holder(lock_.number());
}

bool RunDirectory::is_named(const fs::path& path) const {
  const struct stat open = status_of(directory_.number(), path_);
  struct stat named{};
  if (stat(path.c_str(), &named) == 0) return is_same_file(open, named);
  if (errno == ENOENT || errno == ENOTDIR) return false;
  throw cannot_be_accessed(path);
}

fs::path RunDirectory::present_path() const {
  if (is_named(path_) || root_ == path_) return path_;
  const fs::path moved = link_target(root_);
  return is_named(moved) ? moved : path_;
}

void RunDirectory::check_present() const {
  // A removed directory has no links left.
  if (status_of(directory_.number(), path_).st_nlink > 0) return;
  throw data_error("{}: the run directory was removed during training; nothing more can be saved",
                   path_.string());
}

void RunDirectory::check_named() const {
  if (is_named(path_)) return;
  throw data_error("{}: was moved or replaced in the meantime; try again", path_.string());
}

std::string RunDirectory::readable(std::string message) const {
  const std::string descriptor = root_.string();
  if (root_ == path_) return message;
  const std::string name = path_.string();
  for (size_t at = message.find(descriptor); at != std::string::npos;
       at = message.find(descriptor, at + name.size())) {
    const size_t end = at + descriptor.size();
    // Descriptor 1 must not match the beginning of 12.
    const bool whole = end == message.size() || message[end] < '0' || message[end] > '9';
    if (whole) message.replace(at, descriptor.size(), name);
  }
  return message;
}

}  // namespace ae
