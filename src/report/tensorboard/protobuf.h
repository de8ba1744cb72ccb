#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ae {

/// Message of the Protocol Buffers wire format, serialized field by field in the order of calls.
/// Source: protobuf.dev/programming-guides/encoding
class ProtobufMessage {
 public:
  /// Adds an integer, enumerator or bool, as a varint; negative numbers take ten bytes.
  ProtobufMessage& integer(uint32_t field, int64_t value);
  /// Adds a float (fixed32).
  ProtobufMessage& number(uint32_t field, float value);
  /// Adds a double (fixed64).
  ProtobufMessage& number(uint32_t field, double value);
  /// Adds a packed repeated double.
  ProtobufMessage& numbers(uint32_t field, std::span<const double> values);
  /// Adds bytes as they are.
  ProtobufMessage& bytes(uint32_t field, std::string_view value);
  /// Adds a string. Ill-formed UTF-8, which makes readers refuse the whole message, is replaced by
  /// U+FFFD.
  ProtobufMessage& text(uint32_t field, std::string_view value);
  /// Adds a nested message.
  ProtobufMessage& message(uint32_t field, const ProtobufMessage& value);

  /// Adds the fields of another message to this one.
  ProtobufMessage& append(const ProtobufMessage& fields);

  const std::string& serialized() const { return bytes_; }

 private:
  void varint(uint64_t value);
  void fixed(uint64_t value, int bytes);

  std::string bytes_;
};

/// First value of an integer field of a serialized message. 0, the default of the format, if it is
/// absent; null if the message is damaged before it.
std::optional<int64_t> protobuf_integer(std::string_view message, uint32_t field);

/// First value of a bytes, string or message field of a serialized message; empty if it is absent,
/// null if the message is damaged before it.
std::optional<std::string_view> protobuf_bytes(std::string_view message, uint32_t field);

}  // namespace ae
