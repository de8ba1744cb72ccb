#include "io/regular_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/error.h"

namespace ae {

FileDescriptor::FileDescriptor(FileDescriptor&& other) noexcept
    : number_(std::exchange(other.number_, -1)) {}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

FileDescriptor::~FileDescriptor() {
  if (is_open()) ::close(number_);
}

// Without O_NONBLOCK, opening a pipe blocks until it has a writer.
RegularFile::RegularFile(std::filesystem::path path)
    : path_(std::move(path)), file_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (!file_.is_open() && errno == ENOENT) {
    throw data_error("{}: no such file; check the path", path_.string());
  }
  struct stat status{};
  if (!file_.is_open() || ::fstat(file_.number(), &status) != 0) {
    throw data_error("{}: cannot be opened: {}", path_.string(), std::strerror(errno));
  }
  if (!S_ISREG(status.st_mode)) {
    throw data_error("{}: is a {}; expected a file", path_.string(),
                     S_ISDIR(status.st_mode) ? "folder" : "device or pipe");
  }
  bytes_ = static_cast<uint64_t>(status.st_size);
}

size_t RegularFile::read(void* out, size_t n) {
  while (true) {
    const ssize_t got = ::read(file_.number(), out, n);
    if (got >= 0) return static_cast<size_t>(got);
    if (errno != EINTR) {
      throw data_error("{}: cannot be read: {}", path_.string(), std::strerror(errno));
    }
  }
}

std::string read_regular_file(const std::filesystem::path& path, uint64_t max_bytes) {
  constexpr size_t kChunkBytes = size_t{64} << 10;
  RegularFile file(path);
  const auto check_size = [&](uint64_t bytes) {
    if (bytes <= max_bytes) return;
    throw data_error("{}: has {} bytes; expected at most {}", path.string(), bytes, max_bytes);
  };
  check_size(file.bytes());
  std::string text;
  for (size_t got = 1; got != 0;) {
    const size_t had = text.size();
    text.resize(had + kChunkBytes);
    got = file.read(text.data() + had, kChunkBytes);
    text.resize(had + got);
    check_size(text.size());  // the file may have grown
  }
  return text;
}

}  // namespace ae
