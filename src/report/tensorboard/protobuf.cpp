#include "report/tensorboard/protobuf.h"

#include <algorithm>
#include <bit>

#include "core/utf8.h"

namespace ae {
namespace {

enum class WireType : uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

uint64_t key_of(uint32_t field, WireType type) {
  return uint64_t{field} << 3 | static_cast<uint64_t>(type);
}

/// Field at the beginning of a serialized message.
struct ProtobufField {
  uint64_t key = 0;
  uint64_t integer = 0;    // of a varint
  std::string_view bytes;  // of a length-delimited field
};

/// Removes a varint from the beginning of a message; returns null if it is damaged.
std::optional<uint64_t> take_varint(std::string_view& message) {
  uint64_t value = 0;
  for (size_t i = 0; i < std::min<size_t>(message.size(), 10); ++i) {
    const auto byte = static_cast<uint8_t>(message[i]);
    value |= uint64_t{byte & 0x7fU} << (7 * i);
    if (byte < 0x80) {
      message.remove_prefix(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

/// Removes a field from the beginning of a message; returns null if it is damaged.
std::optional<ProtobufField> take_field(std::string_view& message) {
  ProtobufField field;
  const std::optional<uint64_t> key = take_varint(message);
  if (!key) return std::nullopt;
  field.key = *key;
  uint64_t size = 0;
  switch (static_cast<WireType>(*key & 7U)) {
    case WireType::varint: {
      const std::optional<uint64_t> value = take_varint(message);
      if (!value) return std::nullopt;
      field.integer = *value;
      return field;
    }
    case WireType::bytes: {
      const std::optional<uint64_t> length = take_varint(message);
      if (!length) return std::nullopt;
      size = *length;
      break;
    }
    case WireType::fixed64:
      size = 8;
      break;
    case WireType::fixed32:
      size = 4;
      break;
    default:
      return std::nullopt;
  }
  if (size > message.size()) return std::nullopt;
  field.bytes = message.substr(0, size);
  message.remove_prefix(size);
  return field;
}

/// First field of a key; an empty one if it is absent, null if the message is damaged before it.
std::optional<ProtobufField> find_field(std::string_view message, uint64_t key) {
  while (!message.empty()) {
    const std::optional<ProtobufField> field = take_field(message);
    if (!field || field->key == key) return field;
  }
  return ProtobufField{};
}

}  // namespace

void ProtobufMessage::varint(uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80U);
  bytes_ += static_cast<char>(value);
}

void ProtobufMessage::fixed(uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) bytes_ += static_cast<char>(value >> (8 * i));
}

ProtobufMessage& ProtobufMessage::integer(uint32_t field, int64_t value) {
  varint(key_of(field, WireType::varint));
  varint(static_cast<uint64_t>(value));
  return *this;
}

ProtobufMessage& ProtobufMessage::number(uint32_t field, float value) {
  varint(key_of(field, WireType::fixed32));
  fixed(std::bit_cast<uint32_t>(value), 4);
  return *this;
}

ProtobufMessage& ProtobufMessage::number(uint32_t field, double value) {
  varint(key_of(field, WireType::fixed64));
  fixed(std::bit_cast<uint64_t>(value), 8);
  return *this;
}

ProtobufMessage& ProtobufMessage::numbers(uint32_t field, std::span<const double> values) {
  varint(key_of(field, WireType::bytes));
  varint(8 * values.size());
  for (const double value : values) fixed(std::bit_cast<uint64_t>(value), 8);
  return *this;
}

ProtobufMessage& ProtobufMessage::bytes(uint32_t field, std::string_view value) {
  varint(key_of(field, WireType::bytes));
  varint(value.size());
  bytes_ += value;
  return *this;
}

ProtobufMessage& ProtobufMessage::text(uint32_t field, std::string_view value) {
  if (is_utf8(value)) return bytes(field, value);
  std::string replaced;
  while (!value.empty()) {
    const size_t n = utf8_character_bytes(value);
    replaced += n == 0 ? std::string_view("\xef\xbf\xbd") : value.substr(0, n);
    value.remove_prefix(std::max<size_t>(n, 1));
  }
  return bytes(field, replaced);
}

ProtobufMessage& ProtobufMessage::message(uint32_t field, const ProtobufMessage& value) {
  return bytes(field, value.serialized());
}

ProtobufMessage& ProtobufMessage::append(const ProtobufMessage& fields) {
  bytes_ += fields.serialized();
  return *this;
}

std::optional<int64_t> protobuf_integer(std::string_view message, uint32_t field) {
  const auto found = find_field(message, key_of(field, WireType::varint));
  if (!found) return std::nullopt;
  return static_cast<int64_t>(found->integer);
}

std::optional<std::string_view> protobuf_bytes(std::string_view message, uint32_t field) {
  const auto found = find_field(message, key_of(field, WireType::bytes));
  if (!found) return std::nullopt;
  return found->bytes;
}

}  // namespace ae
