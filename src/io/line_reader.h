#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "io/regular_file.h"

namespace ae {

/// The lines of a regular text file, one at a time, in bounded memory.
class LineReader {
 public:
  static constexpr size_t kMaxLineBytes = size_t{1} << 20;

  /// @throws Error(data) if the file is missing, not readable or not a regular file
  explicit LineReader(std::filesystem::path path);

  /// Reads the next line, without its newline. @return false at the end of the file
  /// @throws Error(data) if reading fails, or a line is longer than kMaxLineBytes
  bool next(std::string& line);
  /// Number of the last line read, from 1.
  int64_t number() const { return number_; }
  /// False if the last line read has no newline.
  bool is_whole() const { return whole_; }

 private:
  std::filesystem::path path_;
  RegularFile file_;
  std::string buffer_;
  size_t begin_ = 0;  // of the next line
  int64_t number_ = 0;
  bool whole_ = true;
};

}  // namespace ae
