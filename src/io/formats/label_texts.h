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

/// Collects the texts of labels while a file is read, and checks the available memory: a small
/// compressed file can contain more labels than fit.
class LabelTexts {
 public:
  /// @param available  returns the bytes that can still be allocated
  explicit LabelTexts(int64_t (*available)() = available_memory_bytes) : available_(available) {}

  /// Appends a text. @throws Error(data), naming the file, if memory would not suffice
  void add(const std::filesystem::path& path, std::string_view text);
  const std::vector<std::string>& all() const { return texts_; }
  std::vector<std::string> release() { return std::move(texts_); }

 private:
  std::vector<std::string> texts_;
  size_t characters_ = 0;  // added since the last check of memory
  int64_t (*available_)();
};

}  // namespace ae
