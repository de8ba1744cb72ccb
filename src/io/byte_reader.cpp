#include "io/byte_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "core/error.h"

namespace ae {
namespace {

constexpr size_t kReadBufferBytes = size_t{256} << 10;
// Deflate encodes at most 258 bytes in two bits.
constexpr uint64_t kMaxDeflateRatio = 1032;
constexpr int kGzipOnly = 15 + 16;

size_t read_some(int file, const std::filesystem::path& path, void* out, size_t n) {
  for (;;) {
    const ssize_t got = ::read(file, out, n);
    if (got >= 0) return static_cast<size_t>(got);
    if (errno != EINTR) {
      throw data_error("{}: cannot be read: {}", path.string(), std::strerror(errno));
    }
  }
}

}  // namespace

struct ByteReader::Inflater {
  z_stream stream{};
  std::vector<unsigned char> input = std::vector<unsigned char>(kReadBufferBytes);
  uint64_t before = 0;       // bytes of content in the complete members
  bool in_member = false;    // between a member's header and its checksum
  bool input_ended = false;  // the file has no more bytes
  bool done = false;         // the last member is complete

  Inflater() {
    if (inflateInit2(&stream, kGzipOnly) != Z_OK)
      throw internal_error("zlib cannot be initialised");
  }
  ~Inflater() { inflateEnd(&stream); }
};

ByteReader::ByteReader(std::filesystem::path path, bool regular_only)
    : path_(std::move(path)), buffer_(kReadBufferBytes) {
  // Without O_NONBLOCK, opening a pipe blocks until it has a writer.
  file_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | (regular_only ? O_NONBLOCK : 0));
  if (file_ < 0) {
    if (errno == ENOENT || errno == ENOTDIR) {
      throw data_error("{}: no such file; check the path", path_.string());
    }
    throw data_error("{}: cannot be opened: {}", path_.string(), std::strerror(errno));
  }
  try {
    struct stat status{};
    if (::fstat(file_, &status) != 0) {
      throw data_error("{}: cannot be read: {}", path_.string(), std::strerror(errno));
    }
    if (S_ISDIR(status.st_mode)) {
      throw data_error("{}: is a folder; expected a file", path_.string());
    }
    if (S_ISREG(status.st_mode)) file_size_ = static_cast<uint64_t>(status.st_size);
    if (regular_only && !file_size_) {
      throw data_error("{}: is a device or pipe; expected a file", path_.string());
    }

    // Pipes may return less than requested; the magic number of gzip takes two bytes.
    while (end_ < 2) {
      const size_t got = read_file(buffer_.data() + end_, kReadBufferBytes - end_);
      if (got == 0) break;
      end_ += got;
    }
    if (end_ >= 2 && buffer_[0] == '\x1f' && buffer_[1] == '\x8b') {
      inflater_ = std::make_unique<Inflater>();
      std::memcpy(inflater_->input.data(), buffer_.data(), end_);
      inflater_->stream.next_in = inflater_->input.data();
      inflater_->stream.avail_in = static_cast<uInt>(end_);
      inflater_->in_member = true;
      end_ = 0;
    }
  } catch (...) {
    ::close(file_);
    throw;
  }
}

ByteReader::~ByteReader() {
  if (file_ >= 0) ::close(file_);
}

ByteReader::ByteReader(ByteReader&& other) noexcept
    : path_(std::move(other.path_)),
      file_(std::exchange(other.file_, -1)),
      file_size_(other.file_size_),
      file_position_(other.file_position_),
      inflater_(std::move(other.inflater_)),
      buffer_(std::move(other.buffer_)),
      begin_(other.begin_),
      end_(other.end_),
      position_(other.position_) {}

size_t ByteReader::read_file(void* out, size_t n) {
  const size_t got = n == 0 ? 0 : read_some(file_, path_, out, n);
  file_position_ += got;
  if (got == 0 && n > 0 && file_size_ && file_position_ < *file_size_) {
    throw data_error("{}: was cut short while it was read: had {} bytes, has {} now; try again",
                     path_.string(), *file_size_, file_position_);
  }
  return got;
}

size_t ByteReader::inflate_into(void* out, size_t n) {
  Inflater& gz = *inflater_;
  n = std::min<size_t>(n, std::numeric_limits<uInt>::max());
  gz.stream.next_out = static_cast<Bytef*>(out);
  gz.stream.avail_out = static_cast<uInt>(n);
  while (gz.stream.avail_out != 0 && !gz.done) {
    if (gz.stream.avail_in == 0 && !gz.input_ended) {
      const size_t got = read_file(gz.input.data(), gz.input.size());
      gz.stream.next_in = gz.input.data();
      gz.stream.avail_in = static_cast<uInt>(got);
      gz.input_ended = got == 0;
    }
    if (!gz.in_member) {
      if (gz.stream.avail_in == 0) {
        gz.done = true;
        break;
      }
      if (*gz.stream.next_in != 0x1f) {
        throw data_error(
            "{}: bytes follow the end of the gzip stream; expected the end of the file or a further"
            " gzip member; fetch or compress the file again",
            path_.string());
      }
      gz.before += gz.stream.total_out;
      inflateReset(&gz.stream);
      gz.in_member = true;
    }
    const int status = inflate(&gz.stream, Z_NO_FLUSH);
    const uint64_t content = gz.before + gz.stream.total_out;
    if (status == Z_STREAM_END) {
      gz.in_member = false;
    } else if (status == Z_BUF_ERROR && gz.input_ended) {
      throw data_error(
          "{}: gzip stream is cut short after {} bytes of content; fetch or compress the file "
          "again",
          path_.string(), content);
    } else if (status != Z_OK && status != Z_BUF_ERROR) {
      const char* why = gz.stream.msg != nullptr ? gz.stream.msg : "not a gzip stream";
      throw data_error(
          "{}: gzip stream is damaged near byte {} of its content ({}); fetch or compress the file"
          " again",
          path_.string(), content, why);
    }
  }
  return n - gz.stream.avail_out;
}

size_t ByteReader::fill(void* out, size_t n) {
  size_t got = 0;
  while (got < n) {
    char* at = static_cast<char*>(out) + got;
    const size_t more = inflater_ ? inflate_into(at, n - got) : read_file(at, n - got);
    if (more == 0) break;
    got += more;
  }
  return got;
}

std::string_view ByteReader::peek(size_t n) {
  if (n > kMaxPeek) throw internal_error("peek of {} bytes; at most {}", n, kMaxPeek);
  if (end_ - begin_ < n) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    end_ += fill(buffer_.data() + end_, kReadBufferBytes - end_);
  }
  return {buffer_.data() + begin_, std::min(n, end_ - begin_)};
}

size_t ByteReader::read(void* out, size_t n) {
  const size_t buffered = std::min(n, end_ - begin_);
  if (buffered != 0) std::memcpy(out, buffer_.data() + begin_, buffered);
  begin_ += buffered;
  position_ += buffered;
  size_t got = buffered;
  if (n - got >= kReadBufferBytes) {
    // Large reads bypass the buffer, which is empty here.
    begin_ = end_ = 0;
    const size_t direct = fill(static_cast<char*>(out) + got, n - got);
    position_ += direct;
    got += direct;
  } else if (got < n) {
    begin_ = 0;
    end_ = 0;
    end_ = fill(buffer_.data(), kReadBufferBytes);
    const size_t rest = std::min(n - got, end_);
    if (rest != 0) std::memcpy(static_cast<char*>(out) + got, buffer_.data(), rest);
    begin_ = rest;
    position_ += rest;
    got += rest;
  }
  return got;
}

void ByteReader::read_exactly(void* out, size_t n, std::string_view what) {
  const uint64_t start = position_;
  const size_t got = read(out, n);
  if (got < n) {
    throw data_error(
        "{}: cut short in {}: got {} of {} bytes from byte {}; fetch or write the"
        " file again",
        path_.string(), what, got, n, start);
  }
}

void ByteReader::read_at(uint64_t offset, void* out, size_t n, std::string_view what) const {
  if (!plain_size()) throw internal_error("{}: read_at of a compressed file", path_.string());
  size_t got = 0;
  while (got < n) {
    const ssize_t more =
        ::pread(file_, static_cast<char*>(out) + got, n - got, static_cast<off_t>(offset + got));
    if (more < 0 && errno == EINTR) continue;
    if (more < 0) throw data_error("{}: cannot be read: {}", path_.string(), std::strerror(errno));
    if (more == 0) {
      throw data_error(
          "{}: cut short in {}: got {} of {} bytes from byte {}; fetch or write the"
          " file again",
          path_.string(), what, got, n, offset);
    }
    got += static_cast<size_t>(more);
  }
}

bool ByteReader::at_end() { return peek(1).empty(); }

std::optional<uint64_t> ByteReader::plain_size() const {
  return inflater_ ? std::nullopt : file_size_;
}

std::optional<uint64_t> ByteReader::max_content() const {
  if (!inflater_ || !file_size_) return file_size_;
  if (*file_size_ > std::numeric_limits<uint64_t>::max() / kMaxDeflateRatio) return std::nullopt;
  return *file_size_ * kMaxDeflateRatio;
}

}  // namespace ae
