#include "io/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/error.h"
#include "io/path_kind.h"
#include "io/temporary_name.h"

namespace ae {
namespace {

constexpr size_t kWriteBufferBytes = size_t{256} << 10;

[[noreturn]] void throw_write_error(const std::filesystem::path& path, const char* what) {
  const int error = errno;
  const char* hint = error == ENOSPC || error == EDQUOT ? "; free some space or write elsewhere"
                     : error == ENOENT                  ? "; create the folder first"
                     : error == EFBIG        ? "; the limit on file sizes (ulimit -f) is reached"
                     : error == ENAMETOOLONG ? "; choose a shorter name"
                     : error == EACCES || error == EROFS || error == EPERM
                         ? "; choose a folder that can be written to"
                         : "";
  throw data_error("{}: {}: {}{}", path.string(), what, std::strerror(error), hint);
}

void write_all(int file, const std::filesystem::path& path, const char* bytes, size_t n,
               int64_t offset) {
  while (n != 0) {
    const ssize_t done =
        offset < 0 ? ::write(file, bytes, n) : ::pwrite(file, bytes, n, static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) throw_write_error(path, "cannot be written");
    bytes += done;
    n -= static_cast<size_t>(done);
    if (offset >= 0) offset += done;
  }
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path path) : path_(std::move(path)) {
  // A rename would put a regular file in the place of /dev/null or a pipe.
  struct stat status{};
  const bool is_there = ::stat(path_.c_str(), &status) == 0;
  if (!is_there && errno != ENOENT) throw_write_error(path_, "cannot be written");
  if (is_there && !S_ISREG(status.st_mode)) {
    throw data_error("{}: is a {}; expected the name of a file to write", path_.string(),
                     S_ISDIR(status.st_mode) ? "folder" : "device or pipe");
  }
  buffer_.reserve(kWriteBufferBytes);
  do {
    temporary_ = temporary_name(path_);
    noted_.emplace(temporary_);
    file_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  } while (file_ < 0 && (errno == EEXIST || errno == EINTR));
  if (file_ < 0) throw_write_error(path_, "cannot be written");
  // Keeps the permissions of the file to replace; only the owner's if its group cannot be kept.
  if (!is_there) return;
  const bool same_group = ::fchown(file_, static_cast<uid_t>(-1), status.st_gid) == 0;
  (void)::fchmod(file_, status.st_mode & (same_group ? 0777 : 0700));
}

AtomicFile::~AtomicFile() { abandon(); }

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      noted_(std::exchange(other.noted_, std::nullopt)),
      file_(std::exchange(other.file_, -1)),
      buffer_(std::move(other.buffer_)) {}

void AtomicFile::abandon() noexcept {
  if (file_ < 0) return;
  ::close(file_);
  file_ = -1;
  ::unlink(temporary_.c_str());
  noted_.reset();
}

void AtomicFile::flush() {
  write_all(file_, path_, buffer_.data(), buffer_.size(), -1);
  buffer_.clear();
}

void AtomicFile::write(const void* bytes, size_t n) {
  if (file_ < 0) throw internal_error("{}: written to after commit", path_.string());
  const char* from = static_cast<const char*>(bytes);
  if (buffer_.size() + n > kWriteBufferBytes) flush();
  if (n >= kWriteBufferBytes) {
    write_all(file_, path_, from, n, -1);
  } else {
    buffer_.insert(buffer_.end(), from, from + n);
  }
}

void AtomicFile::write_at(uint64_t offset, const void* bytes, size_t n) {
  if (file_ < 0) throw internal_error("{}: written to after commit", path_.string());
  flush();
  write_all(file_, path_, static_cast<const char*>(bytes), n, static_cast<int64_t>(offset));
}

void AtomicFile::commit() {
  if (file_ < 0) throw internal_error("{}: committed twice", path_.string());
  flush();
  // Otherwise a crash after the rename could leave an empty file under the final name.
  if (::fsync(file_) != 0) throw_write_error(path_, "cannot be written");
  const int closed = ::close(file_);
  file_ = -1;
  if (closed != 0 || ::rename(temporary_.c_str(), path_.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary_.c_str());
    errno = error;
    throw_write_error(path_, "cannot be written");
  }
  noted_.reset();
  flush_folder(path_);
}

void write_text_atomically(const std::filesystem::path& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text.data(), text.size());
  file.commit();
}

void replace_symlink(const std::filesystem::path& link_path, const std::filesystem::path& target) {
  const PathKind kind = entry_kind(link_path);
  if (kind != PathKind::absent && kind != PathKind::link) {
    throw data_error("{}: is not a symbolic link; expected a link to replace, or no entry",
                     link_path.string());
  }
  std::filesystem::path temporary;
  do {
    temporary = temporary_name(link_path);
    if (::symlink(target.c_str(), temporary.c_str()) == 0) break;
    if (errno != EEXIST) throw_write_error(link_path, "cannot be created");
  } while (true);
  if (::rename(temporary.c_str(), link_path.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    errno = error;
    throw_write_error(link_path, "cannot be created");
  }
  flush_folder(link_path);
}

}  // namespace ae
