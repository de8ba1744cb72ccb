#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include "io/noted_temporary.h"

namespace ae {

/// A folder that appears under its name complete or not at all. Fill path(), then commit().
class AtomicDirectory {
 public:
  /// Creates a temporary folder beside `final_path`. @throws Error(data)
  explicit AtomicDirectory(std::filesystem::path final_path);
  /// Removes the folder if it was not committed.
  ~AtomicDirectory();
  AtomicDirectory(const AtomicDirectory&) = delete;
  AtomicDirectory& operator=(const AtomicDirectory&) = delete;

  /// The temporary folder to write to; the final one after commit.
  const std::filesystem::path& path() const { return committed_ ? final_path_ : temporary_; }

  /// Renames the folder to its final path. @throws Error(data) if that exists
  void commit();
  /// Renames the folder to its final path, exchanging it with a folder that exists there;
  /// atomically if the file system supports that.
  /// @param discard  called with the new path of the replaced folder, to remove it
  /// @throws Error(data) if the final path is not a folder, or renaming fails
  void commit_replacing(const std::function<void(const std::filesystem::path&)>& discard);

 private:
  void finish_commit();

  std::filesystem::path final_path_;
  std::filesystem::path temporary_;
  std::optional<NotedTemporary> noted_;  // until commit
  bool committed_ = false;
};

}  // namespace ae
