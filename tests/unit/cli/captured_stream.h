#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>
#include <string>

#include "temp_dir.h"

namespace ae {

/// Takes what is written to a standard stream as long as this lives.
class CapturedStream {
 public:
  /// @param stream  stdout or stderr
  explicit CapturedStream(std::FILE* stream)
      : CapturedStream(stream, O_WRONLY | O_CREAT | O_APPEND, "") {}
  /// Sends it to `path` instead, such as "/dev/full".
  CapturedStream(std::FILE* stream, const std::string& path)
      : CapturedStream(stream, O_WRONLY, path) {}
  ~CapturedStream() {
    std::fflush(stream_);
    ::dup2(before_, ::fileno(stream_));
    ::close(before_);
  }
  CapturedStream(const CapturedStream&) = delete;
  CapturedStream& operator=(const CapturedStream&) = delete;

  /// All that was written so far.
  std::string text() const {
    std::fflush(stream_);
    return bytes_of(dir_ / "text");
  }

 private:
  CapturedStream(std::FILE* stream, int flags, const std::string& path) : stream_(stream) {
    std::fflush(stream);
    before_ = ::dup(::fileno(stream));
    const int file = ::open((path.empty() ? (dir_ / "text").string() : path).c_str(), flags, 0666);
    if (before_ < 0 || file < 0 || ::dup2(file, ::fileno(stream)) < 0) {
      throw std::runtime_error("a stream cannot be redirected");
    }
    ::close(file);
  }

  TempDir dir_;
  std::FILE* stream_;
  int before_ = -1;
};

}  // namespace ae
