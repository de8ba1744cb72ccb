#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ae {

/// The bytes of an input, consumed in their order: numbers and texts, whatever the bytes are. Where
/// they are used up, numbers are 0 and texts empty.
class EditSource {
 public:
  explicit EditSource(std::string_view bytes) : bytes_(bytes) {}

  bool is_empty() const { return bytes_.empty(); }

  uint8_t byte() {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return byte;
  }

  /// Two bytes, the low one first.
  uint16_t number() {
    const unsigned low = byte();
    return static_cast<uint16_t>(low | static_cast<unsigned>(byte()) << 8);
  }

  /// A byte that counts, and the bytes it counts.
  std::string_view text() {
    const size_t count = byte();
    const std::string_view text = bytes_.substr(0, count);
    bytes_.remove_prefix(text.size());
    return text;
  }

 private:
  std::string_view bytes_;
};

}  // namespace ae
