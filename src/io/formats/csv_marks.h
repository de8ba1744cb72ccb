#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace ae {

/// Finds the bytes of a text table that end a field, a line or the plain part of a record, 64 bytes
/// at a time.
class CsvMarks {
 public:
  static constexpr size_t kBlockBytes = 64;

  /// @param separators, newline, quote  repeat a byte to look for fewer
  CsvMarks(char separator, char separator_too, char newline, char quote)
      : bytes_{separator, separator_too, newline, quote} {}

  /// Bit i of the result tells whether byte i of a block is one of the four. Reads kBlockBytes.
  uint64_t operator()(const char* block) const {
#if defined(__SSE2__)
    uint64_t marks = 0;
    for (size_t i = 0; i < 4; ++i) {
      const __m128i text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block) + i);
      const auto equal = [&](char byte) { return _mm_cmpeq_epi8(text, _mm_set1_epi8(byte)); };
      const __m128i any = _mm_or_si128(_mm_or_si128(equal(bytes_[0]), equal(bytes_[1])),
                                       _mm_or_si128(equal(bytes_[2]), equal(bytes_[3])));
      marks |= static_cast<uint64_t>(static_cast<uint32_t>(_mm_movemask_epi8(any))) << (16 * i);
    }
    return marks;
#else
    uint64_t marks = 0;
    for (size_t i = 0; i < kBlockBytes; ++i) {
      const char c = block[i];
      const bool any = c == bytes_[0] || c == bytes_[1] || c == bytes_[2] || c == bytes_[3];
      marks |= uint64_t{any} << i;
    }
    return marks;
#endif
  }

 private:
  char bytes_[4];
};

}  // namespace ae
