#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/memory.h"

namespace ae {

/// Labels as they stand in a file, kept until all are known. A small compressed file can hold more
/// of them than there is memory for.
class LabelTexts {
 public:
  /// @param available  bytes that may still be taken
  explicit LabelTexts(int64_t (*available)() = available_memory_bytes) : available_(available) {}

  /// @throws Error(data) naming the file where the memory would not last
  void add(const std::filesystem::path& path, std::string_view text);
  const std::vector<std::string>& all() const { return texts_; }
  std::vector<std::string> release() { return std::move(texts_); }

 private:
  std::vector<std::string> texts_;
  size_t characters_ = 0;  // since memory was last looked at for them
  int64_t (*available_)();
};

}  // namespace ae
