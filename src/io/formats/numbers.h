#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "io/formats/rows.h"

namespace ae {

/// Number types of array files.
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

/// Representation of a stored number.
struct NumberLayout {
  NumberType type = NumberType::float32;
  bool big_endian = false;
};

size_t number_bytes(NumberType type);
std::string_view number_name(NumberType type);
bool is_integer(NumberType type);

/// Type that rows of such numbers are delivered as.
DType dtype_of(NumberType type);

/// True if the delivered bytes are the stored bytes, so that conversion only checks them.
bool is_stored_as_delivered(NumberLayout layout);

/// Converts n stored numbers to dtype_of(layout.type); in place (`raw` == `out`) only if
/// is_stored_as_delivered(layout).
/// @return index of the first number that cannot be delivered (not finite, beyond float32, a
///         boolean other than 0 and 1), if any; the output after it is unspecified
std::optional<size_t> convert_numbers(NumberLayout layout, const std::byte* raw, size_t n,
                                      void* out);

/// Converts n stored numbers as requested: to float64, to float32 less an offset that is subtracted
/// in double, or as convert_numbers().
/// @return as convert_numbers(); where gaps are delivered, NaN is none
std::optional<size_t> deliver_numbers(NumberLayout layout, const std::byte* raw, size_t n,
                                      const Delivery& delivery, void* out);

/// Reason why a number cannot be delivered, with the remedy: "NaN; expected …".
std::string why_undeliverable(NumberLayout layout, const std::byte* raw);

/// Reads a stored integer; nullopt if it exceeds int64 or is a boolean other than 0 and 1.
/// @param layout  is_integer(layout.type) must hold
std::optional<int64_t> integer_at(NumberLayout layout, const std::byte* raw);

/// Index of the first NaN or infinity, if any.
std::optional<size_t> first_non_finite(std::span<const float> values);

/// "NaN", "inf", "1e300".
std::string number_text(double value);

}  // namespace ae
