#include "io/utf8.h"

#include <cstddef>
#include <cstdint>

namespace ae {
namespace {

struct Form {
  size_t bytes;
  uint32_t least;  // a smaller number belongs in a shorter form
};

/// The form that a first byte announces; bytes = 0 for none.
Form form_of(unsigned char first) {
  if (first < 0x80) return {1, 0};
  if (first >> 5 == 0x06) return {2, 0x80};
  if (first >> 4 == 0x0e) return {3, 0x800};
  if (first >> 3 == 0x1e) return {4, 0x10000};
  return {0, 0};
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    const Form form = form_of(first);
    if (form.bytes == 0 || form.bytes > text.size() - at) return false;
    uint32_t number = form.bytes == 1 ? first : first & (0x7fu >> form.bytes);
    for (size_t i = 1; i < form.bytes; ++i) {
      const auto byte = static_cast<unsigned char>(text[at + i]);
      if (byte >> 6 != 0x02) return false;
      number = number << 6 | (byte & 0x3fu);
    }
    const bool surrogate = number >= 0xd800 && number <= 0xdfff;
    if (number < form.least || number > 0x10ffff || surrogate) return false;
    at += form.bytes;
  }
  return true;
}

}  // namespace ae
