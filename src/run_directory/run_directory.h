#pragma once

#include <filesystem>
#include <string>

#include "io/regular_file.h"
#include "run_directory/run_paths.h"

namespace ae {

/// A run directory that is opened and locked, so that no other process writes to it while this
/// lives. Locked are the directory itself and the file .lock in it, which says who holds it; the
/// system drops both locks with the process, however that ends.
///
/// Everything is written through the opened directory: it stays the same one when it is moved, when
/// another takes its name, and when .lock is removed.
class RunDirectory {
 public:
  /// @throws Error(data) where another process holds it, or where it cannot be locked
  explicit RunDirectory(std::filesystem::path path);

  /// The directory by its descriptor; by its name where the system has no such paths.
  RunPaths paths() const { return {root_}; }
  /// The name it was opened by, or was given since.
  const std::filesystem::path& path() const { return path_; }
  /// The directory has this name now.
  void set_path(std::filesystem::path path) { path_ = std::move(path); }
  /// Where the directory is now: its name, or where it was moved to.
  std::filesystem::path present_path() const;

  /// @throws Error(data) where the directory was removed
  void check_present() const;
  /// @throws Error(data) where its name leads elsewhere now
  void check_named() const;
  /// A message with the directory's name in place of its descriptor.
  std::string readable(std::string message) const;

 private:
  void lock_directory();
  void lock_file();
  bool is_named(const std::filesystem::path& path) const;

  std::filesystem::path path_;
  FileDescriptor directory_;
  FileDescriptor lock_;  // .lock
  std::filesystem::path root_;
};

}  // namespace ae
