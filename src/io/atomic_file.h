#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "io/noted_temporary.h"

namespace ae {

/// A file that appears under its name complete or not at all: written to an unguessable temporary
/// beside it, flushed to disk and renamed by commit(). Every error is Error(data) and says which
/// path and what the system answered.
class AtomicFile {
 public:
  /// @throws Error(data) where the folder is missing or cannot be written to, or where the name is
  ///         taken by something that is not a regular file (a folder, a device).
  explicit AtomicFile(std::filesystem::path path);
  /// Removes what was not committed.
  ~AtomicFile();
  AtomicFile(AtomicFile&&) noexcept;
  AtomicFile& operator=(AtomicFile&&) = delete;

  void write(const void* bytes, size_t n);
  /// Replaces bytes that were written before.
  void write_at(uint64_t offset, const void* bytes, size_t n);
  /// Makes the file appear, replacing what had its name. Once only, the last call.
  void commit();

  const std::filesystem::path& path() const { return path_; }

 private:
  void flush();
  void abandon() noexcept;

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  std::optional<NotedTemporary> noted_;  // until it is committed
  int file_ = -1;
  std::vector<char> buffer_;
};

/// Writes a small text file in one go, atomically.
void write_text_atomically(const std::filesystem::path& path, std::string_view text);

/// Makes `link_path` a symbolic link to `target` (relative to the link's folder), replacing a link
/// that is there in one step. @throws Error(data)
void replace_symlink(const std::filesystem::path& link_path, const std::filesystem::path& target);

}  // namespace ae
