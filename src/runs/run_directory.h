#pragma once

#include <filesystem>

namespace ae {

/// Keeps other processes from writing to a run while this lives: a lock on the file .lock in its
/// folder, which also says who holds it. The system drops the lock with the process, however that
/// ends, so a file that was left behind locks nothing.
class RunLock {
 public:
  /// @param folder  of the run; it may get another name meanwhile
  /// @throws Error(data) where another process holds it, or the file cannot be made
  explicit RunLock(const std::filesystem::path& folder);
  RunLock(RunLock&& other) noexcept;
  RunLock& operator=(RunLock&& other) noexcept;
  ~RunLock();

 private:
  int file_;
};

}  // namespace ae
