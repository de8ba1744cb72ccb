#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include "io/noted_temporary.h"

namespace ae {

/// A folder that appears under its name complete or not at all. Fill path(), then commit().
class AtomicDirectory {
 public:
  /// Makes a new folder beside `final_path`. @throws Error(data)
  explicit AtomicDirectory(std::filesystem::path final_path);
  /// Removes what was not committed.
  ~AtomicDirectory();
  AtomicDirectory(const AtomicDirectory&) = delete;
  AtomicDirectory& operator=(const AtomicDirectory&) = delete;

  /// The temporary folder to write to; once committed, the final one.
  const std::filesystem::path& path() const { return committed_ ? final_path_ : temporary_; }

  /// Gives the folder its name. @throws Error(data) where the name is taken
  void commit();
  /// Gives the folder its name, exchanging it in one step, where the file system can, for the
  /// folder that has the name already.
  /// @param discard  removes what that folder holds and is not to be kept; it has another name now
  /// @throws Error(data) where the name is another thing's; where the system refuses
  void commit_replacing(const std::function<void(const std::filesystem::path&)>& discard);

 private:
  /// The name is this folder's now.
  void settle();

  std::filesystem::path final_path_;
  std::filesystem::path temporary_;
  std::optional<NotedTemporary> noted_;  // until it is committed
  bool committed_ = false;
};

}  // namespace ae
