#pragma once

#include <cstddef>
#include <filesystem>

namespace ae {

/// Notes a temporary file or folder while this lives, so that a signal that ends the process can
/// have it removed. At most some hundred are noted; others are left to the next run's cleaning.
class NotedTemporary {
 public:
  explicit NotedTemporary(const std::filesystem::path& path) noexcept;
  NotedTemporary(NotedTemporary&& other) noexcept;
  NotedTemporary& operator=(NotedTemporary&& other) noexcept;
  ~NotedTemporary();

 private:
  size_t slot_;
};

/// Removes the noted files, and the noted folders that are empty then. To be called by a signal
/// handler: async-signal-safe.
void remove_noted_temporaries() noexcept;

}  // namespace ae
