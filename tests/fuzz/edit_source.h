#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ae {

/// Decodes the bytes of an input as numbers and texts; any bytes are valid. At the end, numbers are
/// 0 and texts empty.
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

  /// Two bytes, little-endian.
  uint16_t number() {
    const unsigned low = byte();
    return static_cast<uint16_t>(low | static_cast<unsigned>(byte()) << 8);
  }

  /// A byte with the length, followed by the text.
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
