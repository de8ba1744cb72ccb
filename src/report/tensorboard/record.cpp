#include "report/tensorboard/record.h"

#include <algorithm>
#include <array>

namespace ae {
namespace {

constexpr size_t kRecordHeaderBytes = 12;  // length and its checksum
constexpr size_t kChecksumBytes = 4;

constexpr std::array<uint32_t, 256> crc32c_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1U) != 0 ? 0x82f63b78U : 0U);
    table[byte] = crc;
  }
  return table;
}

/// Checksum as the format stores it: data that contain checksums would weaken a plain one.
uint32_t masked_crc32c(std::string_view bytes) {
  const uint32_t crc = crc32c(bytes);
  return (crc >> 15 | crc << 17) + 0xa282ead8U;
}

void append_little_endian(std::string& bytes, uint64_t value, size_t n) {
  for (size_t i = 0; i < n; ++i) bytes += static_cast<char>(value >> (8 * i));
}

uint64_t little_endian_number(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

}  // namespace

uint32_t crc32c(std::string_view bytes) {
  static constexpr std::array<uint32_t, 256> kTable = crc32c_table();
  uint32_t crc = 0xffffffffU;
  for (const char byte : bytes) crc = crc >> 8 ^ kTable[(crc ^ static_cast<uint8_t>(byte)) & 0xffU];
  return ~crc;
}

std::string framed_record(std::string_view data) {
  std::string record;
  record.reserve(kRecordHeaderBytes + data.size() + kChecksumBytes);
  append_little_endian(record, data.size(), 8);
  append_little_endian(record, masked_crc32c(record), kChecksumBytes);
  record += data;
  append_little_endian(record, masked_crc32c(data), kChecksumBytes);
  return record;
}

RecordReader::Result RecordReader::next() {
  framed_.clear();
  if (!append(kRecordHeaderBytes)) return framed_.empty() ? Result::end : Result::torn;
  const std::string_view header = framed_;
  if (little_endian_number(header.substr(8)) != masked_crc32c(header.substr(0, 8))) {
    return Result::lost;
  }
  const uint64_t length = little_endian_number(header.substr(0, 8));
  // Checked before memory is allocated.
  const uint64_t left = file_.bytes() - std::min(position_, file_.bytes());
  if (left < kChecksumBytes || length > left - kChecksumBytes) return Result::torn;
  if (!append(length + kChecksumBytes)) return Result::torn;
  const std::string_view stored = std::string_view(framed_).substr(kRecordHeaderBytes + length);
  return little_endian_number(stored) == masked_crc32c(data()) ? Result::record : Result::damaged;
}

std::string_view RecordReader::data() const {
  if (framed_.size() < kRecordHeaderBytes + kChecksumBytes) return {};
  return std::string_view(framed_).substr(kRecordHeaderBytes,
                                          framed_.size() - kRecordHeaderBytes - kChecksumBytes);
}

std::string RecordReader::rest(uint64_t max_bytes) {
  std::string bytes(std::min(max_bytes, file_.bytes() - std::min(position_, file_.bytes())), '\0');
  size_t done = 0;
  for (size_t n = 1; done < bytes.size() && n > 0; done += n) {
    n = file_.read(bytes.data() + done, bytes.size() - done);
  }
  bytes.resize(done);
  position_ += done;
  return bytes;
}

bool RecordReader::append(uint64_t n) {
  const std::string more = rest(n);
  framed_ += more;
  return more.size() == n;
}

}  // namespace ae
