#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "io/noted_temporary.h"

namespace ae {

/// A file that appears under its name complete or not at all: written to a temporary file with a
/// random name beside it, flushed to disk and renamed by commit(). Errors are Error(data) with the
/// path and the system's message.
class AtomicFile {
 public:
  /// @throws Error(data) if the folder is missing or not writable, or if the path exists and is not
  ///         a regular file (a folder, a device)
  explicit AtomicFile(std::filesystem::path path);
  /// Removes the temporary file if it was not committed.
  ~AtomicFile();
  AtomicFile(AtomicFile&&) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;

  void write(const void* bytes, size_t n);
  /// Overwrites bytes written earlier.
  void write_at(uint64_t offset, const void* bytes, size_t n);
  /// Renames the file to its final path, replacing one that exists. The last call on this object.
  void commit();

  const std::filesystem::path& path() const { return path_; }

 private:
  void flush();
  void abandon() noexcept;

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  std::optional<NotedTemporary> noted_;  // until commit
  int file_ = -1;
  std::vector<char> buffer_;
};

/// Writes a small text file atomically.
void write_text_atomically(const std::filesystem::path& path, std::string_view text);

/// Creates a symbolic link to `target` (relative to the link's folder), atomically replacing an
/// existing link. @throws Error(data)
void replace_symlink(const std::filesystem::path& link_path, const std::filesystem::path& target);

}  // namespace ae
