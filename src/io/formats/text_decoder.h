#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "io/byte_reader.h"

namespace ae {

/// How the characters of a text file are stored. Windows-1252 holds Latin-1.
enum class Encoding { utf8, utf16le, utf16be, windows1252 };

/// The encoding that the first bytes of a text show: by a byte order mark, or UTF-16 without one by
/// the zero bytes of its ASCII characters. nullopt for UTF-8 without a mark and for Windows-1252.
std::optional<Encoding> detect_encoding(std::string_view head);

/// Bytes of the byte order mark that the text begins with; 0 without one.
size_t byte_order_mark_bytes(std::string_view head);

/// Sequential reader of a text file in any Encoding, which delivers UTF-8 without a byte order
/// mark. A text without a mark is Windows-1252 if its first character beyond ASCII is not UTF-8,
/// wherever that is. Later bytes of UTF-8 are not checked.
class TextDecoder {
 public:
  static constexpr size_t kMinRead = 4;

  /// @param encoding  nullopt to detect it; of UTF-16, a byte order mark overrides the byte order
  explicit TextDecoder(ByteReader reader, std::optional<Encoding> encoding = {});

  /// Reads up to n ≥ kMinRead bytes into `out`. @return the number read; 0 only at the end
  /// @throws Error(data) naming the byte, for a lone surrogate or half a character of UTF-16
  size_t read(char* out, size_t n);
  /// As known so far: UTF-8 until a character tells.
  Encoding encoding() const { return encoding_; }
  const std::filesystem::path& path() const { return reader_.path(); }

 private:
  size_t read_unknown(char* out, size_t n);
  size_t decode(char* out, size_t n);
  size_t decode_utf16(char* out);
  uint32_t unit(size_t at) const;
  bool fill_raw();
  [[noreturn]] void fail_utf16(const char* why) const;

  ByteReader reader_;
  Encoding encoding_ = Encoding::utf8;
  bool known_ = false;
  std::vector<char> raw_;  // not yet decoded: [raw_begin_, raw_end_)
  size_t raw_begin_ = 0;
  size_t raw_end_ = 0;
};

}  // namespace ae
