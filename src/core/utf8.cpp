#include "core/utf8.h"

#include <cstddef>
#include <cstdint>

namespace ae {
namespace {

struct Encoding {
  size_t bytes;
  uint32_t min;  // smaller code points need a shorter encoding
};

/// Encoding that starts with this byte; bytes = 0 if there is none.
Encoding encoding_of(unsigned char first) {
  if (first < 0x80) return {1, 0};
  if (first >> 5 == 0x06) return {2, 0x80};
  if (first >> 4 == 0x0e) return {3, 0x800};
  if (first >> 3 == 0x1e) return {4, 0x10000};
  return {0, 0};
}

}  // namespace

size_t utf8_character_bytes(std::string_view text) {
  if (text.empty()) return 0;
  const auto first = static_cast<unsigned char>(text[0]);
  const Encoding encoding = encoding_of(first);
  if (encoding.bytes == 0 || encoding.bytes > text.size()) return 0;
  uint32_t code_point = encoding.bytes == 1 ? first : first & (0x7fu >> encoding.bytes);
  for (size_t i = 1; i < encoding.bytes; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >> 6 != 0x02) return 0;
    code_point = code_point << 6 | (byte & 0x3fu);
  }
  const bool surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
  return code_point < encoding.min || code_point > 0x10ffff || surrogate ? 0 : encoding.bytes;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const size_t bytes = utf8_character_bytes(text);
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

}  // namespace ae
