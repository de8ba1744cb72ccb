#include "io/quote.h"

#include <algorithm>

#include "core/error.h"
#include "core/utf8.h"

namespace ae {

std::string quote(std::string_view text) {
  constexpr size_t kMaxBytes = 40;
  size_t end = std::min(text.size(), kMaxBytes);
  // Do not cut a UTF-8 character.
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
    --end;
  }
  std::string out = "\"";
  const bool readable = is_utf8(text.substr(0, end));
  for (const char c : text.substr(0, end)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !readable)) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + (end < text.size() ? "…\"" : "\"");
}

}  // namespace ae
