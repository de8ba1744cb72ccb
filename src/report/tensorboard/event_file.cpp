#include "report/tensorboard/event_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "core/error.h"
#include "io/atomic_file.h"
#include "report/tensorboard/event_folder.h"
#include "report/tensorboard/record.h"

namespace ae {
namespace {

Error event_file_error(const std::filesystem::path& path, int error) {
  return data_error("{}: cannot be written: {}", path.string(), std::strerror(error));
}

FileDescriptor open_events(const std::filesystem::path& path) {
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC));
  if (!file.is_open()) throw event_file_error(path, errno);
  return file;
}

struct stat event_file_status(const FileDescriptor& file, const std::filesystem::path& path) {
  struct stat status{};
  if (::fstat(file.number(), &status) != 0) throw event_file_error(path, errno);
  return status;
}

/// Makes a removed file anew from the first bytes of its open descriptor.
void restore_events(const FileDescriptor& file, int64_t size, const std::filesystem::path& path) {
  AtomicFile copy(path.parent_path() / kEventCopyName);
  std::vector<char> buffer(size_t{64} << 10);
  for (int64_t done = 0; done < size;) {
    const size_t wanted = std::min(buffer.size(), static_cast<size_t>(size - done));
    const ssize_t n = ::pread(file.number(), buffer.data(), wanted, static_cast<off_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) throw event_file_error(path, n < 0 ? errno : EIO);
    copy.write(buffer.data(), static_cast<size_t>(n));
    done += n;
  }
  copy.commit();
  rename_event_copy(path);
}

}  // namespace

EventFile EventFile::open(const std::filesystem::path& folder, std::optional<int64_t> resumed_step,
                          const Warn& warn, std::string_view final_prefix) {
  PreparedEvents events = prepare_events(folder, resumed_step, warn, final_prefix);
  return {std::move(events.path), events.is_continued};
}

EventFile::EventFile(std::filesystem::path path, bool is_continued)
    : path_(std::move(path)), is_continued_(is_continued), file_(open_events(path_)) {
  size_ = event_file_status(file_, path_).st_size;
}

void EventFile::write(int64_t step, const EventSummary& summary) {
  if (summary.empty()) return;
  const std::string record = framed_record(serialized_event(wall_clock_seconds(), step, summary));
  const std::lock_guard lock(mutex_);
  pending_ += record;
}

void EventFile::flush() {
  const std::lock_guard lock(mutex_);
  append_pending();
}

void EventFile::sync() {
  FileDescriptor file;
  {
    const std::lock_guard lock(mutex_);
    append_pending();
    file = FileDescriptor(::fcntl(file_.number(), F_DUPFD_CLOEXEC, 0));
  }
  // Outside the lock, so that training does not wait for the disk.
  if (!file.is_open() || ::fdatasync(file.number()) != 0) throw event_file_error(path_, errno);
}

void EventFile::append_pending() {
  reopen();
  // Remove the part of an event that an earlier, failed write left.
  if (event_file_status(file_, path_).st_size > size_ && ::ftruncate(file_.number(), size_) != 0) {
    throw event_file_error(path_, errno);
  }
  size_t done = 0;
  while (done < pending_.size()) {
    const ssize_t n = ::write(file_.number(), pending_.data() + done, pending_.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw event_file_error(path_, errno);
    done += static_cast<size_t>(n);
  }
  size_ += static_cast<int64_t>(pending_.size());
  pending_.clear();
}

void EventFile::reopen() {
  struct stat named{};
  const bool is_named = ::stat(path_.c_str(), &named) == 0;
  if (!is_named && errno != ENOENT) throw event_file_error(path_, errno);
  const struct stat here = event_file_status(file_, path_);
  if (is_named && here.st_ino == named.st_ino && here.st_dev == named.st_dev) return;
  if (!is_named) restore_events(file_, size_, path_);
  file_ = open_events(path_);
  size_ = event_file_status(file_, path_).st_size;
}

}  // namespace ae
