#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace ae {

/// An open file, closed at the end of its life.
class FileDescriptor {
 public:
  explicit FileDescriptor(int number = -1) : number_(number) {}
  FileDescriptor(FileDescriptor&& other) noexcept;
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor();

  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }

 private:
  int number_;
};

/// A file of a run, opened for reading. It may come from a stranger: what is no regular file, such
/// as a pipe that would never end, is refused.
class RegularFile {
 public:
  /// @throws Error(data) where it is missing, not readable or not a regular file
  explicit RegularFile(std::filesystem::path path);

  /// Size when it was opened.
  uint64_t bytes() const { return bytes_; }
  /// Up to n bytes more into `out`, 0 only at the end. @throws Error(data) where reading fails
  size_t read(void* out, size_t n);

 private:
  std::filesystem::path path_;
  FileDescriptor file_;
  uint64_t bytes_ = 0;
};

/// The whole content of a regular file. @throws Error(data) also where it has more than `max_bytes`
std::string read_regular_file(const std::filesystem::path& path, uint64_t max_bytes);

}  // namespace ae
