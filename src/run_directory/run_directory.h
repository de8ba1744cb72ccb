#pragma once

#include <filesystem>
#include <string>

#include "core/error.h"
#include "io/regular_file.h"
#include "run_directory/run_paths.h"

namespace ae {

/// Open run directory, locked against other processes for the lifetime of this object. Both the
/// directory and its file .lock, which names the holder, are locked; the system releases the locks
/// when the process ends, in any way.
///
/// All paths go through the directory's descriptor, so they stay valid if the directory is moved,
/// if another takes its name, or if .lock is removed.
class RunDirectory {
 public:
  /// @throws Error(data) if another process holds it, or if it cannot be locked
  explicit RunDirectory(std::filesystem::path path);

  /// Paths by the directory's descriptor, or by its name if /proc/self/fd is not available.
  RunPaths paths() const { return {root_}; }
  /// Name by which the directory was opened, or that set_path() gave.
  const std::filesystem::path& path() const { return path_; }
  void set_path(std::filesystem::path path) { path_ = std::move(path); }
  /// Present path of the directory, also if it was moved.
  std::filesystem::path present_path() const;

  /// @throws Error(data) if the directory was removed
  void check_present() const;
  /// @throws Error(data) if path() is another directory now
  void check_named() const;
  /// A message with the directory's name in place of its descriptor.
  std::string readable(std::string message) const;
  /// Returns work(). Its errors are rethrown with the directory's name in place of descriptor
  /// paths, or as an error that the directory was removed.
  template <class Work>
  auto guard(const Work& work) const {
    try {
      return work();
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::data) check_present();
      throw Error(error.kind(), readable(error.what()));
    }
  }

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
