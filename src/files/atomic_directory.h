#pragma once

#include <filesystem>

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

  /// Gives the folder its name. A folder that has the name already is exchanged in one step where
  /// the file system can, and removed; without `replace` it is left alone.
  /// @throws Error(data) without `replace` where the name is taken; where the system refuses.
  void commit(bool replace);

 private:
  std::filesystem::path final_path_;
  std::filesystem::path temporary_;
  bool committed_ = false;
};

}  // namespace ae
