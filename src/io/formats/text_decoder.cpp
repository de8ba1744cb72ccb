#include "io/formats/text_decoder.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/utf8.h"

namespace ae {
namespace {

constexpr size_t kRawBytes = size_t{64} << 10;
constexpr std::string_view kUtf8Mark = "\xef\xbb\xbf";
constexpr std::string_view kUtf16LittleMark = "\xff\xfe";
constexpr std::string_view kUtf16BigMark = "\xfe\xff";

/// Characters of the bytes 0x80 to 0x9f; undefined ones are control characters, as in WHATWG's
/// Encoding Standard.
constexpr std::array<uint16_t, 32> kWindows1252 = {
    0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008d, 0x017d, 0x008f, 0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178};

bool is_utf16(Encoding encoding) {
  return encoding == Encoding::utf16le || encoding == Encoding::utf16be;
}

/// Length of the text's first part that is ASCII.
size_t ascii_bytes(std::string_view text) {
  size_t at = 0;
  for (; at + 32 <= text.size(); at += 32) {
    std::array<uint64_t, 4> words;
    std::memcpy(words.data(), text.data() + at, sizeof(words));
    if (((words[0] | words[1] | words[2] | words[3]) & 0x8080808080808080U) != 0) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

/// Writes a character as UTF-8. @return its bytes, at most 4
size_t put_utf8(uint32_t character, char* out) {
  const auto tail = [&](int shift) {
    return static_cast<char>(0x80 | (character >> shift & 0x3f));
  };
  if (character < 0x80) {
    out[0] = static_cast<char>(character);
    return 1;
  }
  if (character < 0x800) {
    out[0] = static_cast<char>(0xc0 | character >> 6);
    out[1] = tail(0);
    return 2;
  }
  if (character < 0x10000) {
    out[0] = static_cast<char>(0xe0 | character >> 12);
    out[1] = tail(6);
    out[2] = tail(0);
    return 3;
  }
  out[0] = static_cast<char>(0xf0 | character >> 18);
  out[1] = tail(12);
  out[2] = tail(6);
  out[3] = tail(0);
  return 4;
}

}  // namespace

size_t byte_order_mark_bytes(std::string_view head) {
  if (head.starts_with(kUtf8Mark)) return kUtf8Mark.size();
  const bool utf16 = head.starts_with(kUtf16LittleMark) || head.starts_with(kUtf16BigMark);
  return utf16 ? kUtf16LittleMark.size() : 0;
}

std::optional<Encoding> detect_encoding(std::string_view head) {
  if (head.starts_with(kUtf8Mark)) return Encoding::utf8;
  if (head.starts_with(kUtf16LittleMark)) return Encoding::utf16le;
  if (head.starts_with(kUtf16BigMark)) return Encoding::utf16be;
  std::array<size_t, 2> zeros = {};  // at even and at odd positions
  for (size_t i = 0; i < head.size(); ++i) zeros[i % 2] += head[i] == '\0';
  // Digits and separators are ASCII, whatever the language of the rest.
  const size_t min_zeros = head.size() / 8 + 1;
  if (zeros[0] == 0 && zeros[1] >= min_zeros) return Encoding::utf16le;
  if (zeros[1] == 0 && zeros[0] >= min_zeros) return Encoding::utf16be;
  return std::nullopt;
}

TextDecoder::TextDecoder(ByteReader reader, std::optional<Encoding> encoding)
    : reader_(std::move(reader)) {
  const std::string_view head = reader_.peek(ByteReader::kMaxPeek);
  const size_t mark_bytes = byte_order_mark_bytes(head);
  const std::optional<Encoding> found = detect_encoding(head);
  known_ = encoding || found;
  encoding_ = encoding.value_or(found.value_or(Encoding::utf8));
  const bool same_kind = found && (found == encoding_ || (is_utf16(*found) && is_utf16(encoding_)));
  if (mark_bytes == 0 || !same_kind) return;
  encoding_ = *found;
  std::array<char, kUtf8Mark.size()> mark;
  reader_.read_exactly(mark.data(), mark_bytes, "the byte order mark");
}

bool TextDecoder::fill_raw() {
  if (raw_.size() < kRawBytes) raw_.resize(kRawBytes);
  std::memmove(raw_.data(), raw_.data() + raw_begin_, raw_end_ - raw_begin_);
  raw_end_ -= raw_begin_;
  raw_begin_ = 0;
  const size_t got = reader_.read(raw_.data() + raw_end_, raw_.size() - raw_end_);
  raw_end_ += got;
  return got != 0;
}

void TextDecoder::fail_utf16(const char* why) const {
  const uint64_t at = reader_.position() - (raw_end_ - raw_begin_);
  throw data_error("{}: byte {}: {}; expected UTF-16, as its start is; save the file as UTF-8",
                   path().string(), at, why);
}

uint32_t TextDecoder::unit(size_t at) const {
  const auto low = static_cast<unsigned char>(raw_[at]);
  const auto high = static_cast<unsigned char>(raw_[at + 1]);
  return encoding_ == Encoding::utf16le ? uint32_t{high} << 8 | low : uint32_t{low} << 8 | high;
}

size_t TextDecoder::decode_utf16(char* out) {
  if (raw_end_ - raw_begin_ == 1) fail_utf16("the file ends within a character");
  uint32_t character = unit(raw_begin_);
  size_t bytes = 2;
  if (character >= 0xdc00 && character < 0xe000) fail_utf16("the second half of a surrogate pair");
  if (character >= 0xd800 && character < 0xdc00) {
    const uint32_t second = raw_end_ - raw_begin_ >= 4 ? unit(raw_begin_ + 2) : 0;
    if (second < 0xdc00 || second >= 0xe000) fail_utf16("the first half of a surrogate pair");
    character = 0x10000 + ((character - 0xd800) << 10) + (second - 0xdc00);
    bytes = 4;
  }
  raw_begin_ += bytes;
  return put_utf8(character, out);
}

size_t TextDecoder::decode(char* out, size_t n) {
  constexpr size_t kMaxCharacterBytes = 4;  // in any encoding
  size_t done = 0;
  while (n - done >= kMaxCharacterBytes) {
    if (raw_end_ - raw_begin_ < kMaxCharacterBytes && !fill_raw() && raw_begin_ == raw_end_) break;
    if (is_utf16(encoding_)) {
      done += decode_utf16(out + done);
      continue;
    }
    const auto byte = static_cast<unsigned char>(raw_[raw_begin_++]);
    const bool shifted = byte >= 0x80 && byte < 0xa0;
    done += put_utf8(shifted ? kWindows1252[byte - 0x80U] : byte, out + done);
  }
  return done;
}

/// Reads while all is ASCII; the first other character tells UTF-8 from Windows-1252.
size_t TextDecoder::read_unknown(char* out, size_t n) {
  const size_t got = reader_.read(out, n);
  const size_t ascii = ascii_bytes({out, got});
  if (ascii == got) return got;
  known_ = true;
  constexpr size_t kMaxUtf8Bytes = 4;
  std::string character(out + ascii, std::min(kMaxUtf8Bytes, got - ascii));
  character += reader_.peek(kMaxUtf8Bytes - character.size());
  if (utf8_character_bytes(character) != 0) return got;
  encoding_ = Encoding::windows1252;
  raw_.assign(out + ascii, out + got);
  raw_end_ = raw_.size();
  return ascii != 0 ? ascii : decode(out, n);
}

size_t TextDecoder::read(char* out, size_t n) {
  if (!known_) return read_unknown(out, n);
  return encoding_ == Encoding::utf8 ? reader_.read(out, n) : decode(out, n);
}

}  // namespace ae
