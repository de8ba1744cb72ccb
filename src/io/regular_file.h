#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace ae {

/// Owner of a file descriptor, which it closes on destruction.
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

/// A regular file opened for reading. Other kinds, such as an endless pipe in an untrusted run
/// directory, are refused.
class RegularFile {
 public:
  /// @throws Error(data) if it is missing, not readable or not a regular file
  explicit RegularFile(std::filesystem::path path);

  /// Size in bytes when it was opened.
  uint64_t bytes() const { return bytes_; }
  /// Reads up to n bytes into `out`. @return the number read, 0 only at the end
  /// @throws Error(data) if reading fails
  size_t read(void* out, size_t n);

 private:
  std::filesystem::path path_;
  FileDescriptor file_;
  uint64_t bytes_ = 0;
};

/// Content of a regular file. @throws Error(data) also if it has more than `max_bytes`
std::string read_regular_file(const std::filesystem::path& path, uint64_t max_bytes);

}  // namespace ae
