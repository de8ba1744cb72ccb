#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "io/formats/rows.h"

namespace ae {

/// Types of numbers that array files store.
enum class NumberType {
  boolean,
  int8,
  uint8,
  int16,
  uint16,
  int32,
  uint32,
  int64,
  uint64,
  float16,
  float32,
  float64,
};

/// How a number is stored.
struct NumberLayout {
  NumberType type = NumberType::float32;
  bool big_endian = false;
};

size_t number_bytes(NumberType type);
std::string_view number_name(NumberType type);
bool is_integer(NumberType type);

/// What rows of such numbers are delivered as.
DType dtype_of(NumberType type);

/// Whether the stored bytes are the delivered bytes, so that converting is only checking.
bool is_stored_as_delivered(NumberLayout layout);

/// Converts n stored numbers to the element that they are delivered as; `raw` may be `out` where
/// is_stored_as_delivered().
/// @return the index of the first number that cannot be delivered (not finite, beyond float32, a
///         boolean that is neither 0 nor 1), if any; nothing after it is converted reliably.
std::optional<size_t> convert_numbers(NumberLayout layout, const std::byte* raw, size_t n,
                                      void* out);

/// Why convert_numbers() stopped at this number, with the remedy: "NaN; expected …".
std::string why_undeliverable(NumberLayout layout, const std::byte* raw);

/// The stored integer; nothing where it exceeds int64 or is a boolean that is neither 0 nor 1.
/// is_integer(type) must hold.
std::optional<int64_t> integer_at(NumberLayout layout, const std::byte* raw);

/// Index of the first NaN or infinity, if any.
std::optional<size_t> first_non_finite(std::span<const float> values);

/// "NaN", "inf", "1e300".
std::string number_text(double value);

}  // namespace ae
