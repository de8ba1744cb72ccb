#pragma once

#include <cstddef>
#include <filesystem>

namespace ae {

/// Registers a temporary file or folder for its lifetime, so that a signal handler can remove it.
/// At most 256 are registered; any beyond are left for the next run to remove. Thread-safe.
class NotedTemporary {
 public:
  explicit NotedTemporary(const std::filesystem::path& path) noexcept;
  NotedTemporary(NotedTemporary&& other) noexcept;
  NotedTemporary& operator=(NotedTemporary&& other) noexcept;
  ~NotedTemporary();

 private:
  size_t slot_;
};

/// Removes the registered files, then the registered folders that are empty. Async-signal-safe, for
/// signal handlers.
void remove_noted_temporaries() noexcept;

}  // namespace ae
