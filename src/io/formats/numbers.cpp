#include "io/formats/numbers.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>
#include <utility>

#include "core/error.h"

namespace ae {
namespace {

static_assert(std::endian::native == std::endian::little,
              "reading files assumes a little-endian processor");

struct Half {
  uint16_t bits;
};
struct Boolean {
  uint8_t byte;
};

float float_of(Half half) {
  const uint32_t sign = static_cast<uint32_t>(half.bits & 0x8000u) << 16;
  const uint32_t exponent = (half.bits >> 10) & 0x1fu;
  const uint32_t fraction = half.bits & 0x3ffu;
  if (exponent == 0) {
    const float magnitude = std::ldexp(static_cast<float>(fraction), -24);
    return sign != 0 ? -magnitude : magnitude;
  }
  const uint32_t wide = exponent == 31 ? 0xffu : exponent + (127 - 15);
  return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}

inline uint8_t reversed(uint8_t bits) { return bits; }
inline uint16_t reversed(uint16_t bits) { return __builtin_bswap16(bits); }
inline uint32_t reversed(uint32_t bits) { return __builtin_bswap32(bits); }
inline uint64_t reversed(uint64_t bits) { return __builtin_bswap64(bits); }

template <size_t bytes>
using Bits = std::conditional_t<
    bytes == 1, uint8_t,
    std::conditional_t<bytes == 2, uint16_t, std::conditional_t<bytes == 4, uint32_t, uint64_t>>>;

template <class T>
T load(const std::byte* raw, bool swapped) {
  Bits<sizeof(T)> bits;
  std::memcpy(&bits, raw, sizeof(T));
  return std::bit_cast<T>(swapped ? reversed(bits) : bits);
}

/// Calls `use` with a value of the C++ type of `type`.
template <class Use>
auto with_type(NumberType type, Use use) {
  switch (type) {
    case NumberType::boolean:
      return use(Boolean{});
    case NumberType::int8:
      return use(int8_t{});
    case NumberType::uint8:
      return use(uint8_t{});
    case NumberType::int16:
      return use(int16_t{});
    case NumberType::uint16:
      return use(uint16_t{});
    case NumberType::int32:
      return use(int32_t{});
    case NumberType::uint32:
      return use(uint32_t{});
    case NumberType::int64:
      return use(int64_t{});
    case NumberType::uint64:
      return use(uint64_t{});
    case NumberType::float16:
      return use(Half{});
    case NumberType::float32:
      return use(float{});
    case NumberType::float64:
      return use(double{});
  }
  throw internal_error("unknown number type {}", static_cast<int>(type));
}

template <class T>
double double_of(T value) {
  if constexpr (std::is_same_v<T, Half>) {
    return static_cast<double>(float_of(value));
  } else if constexpr (std::is_same_v<T, Boolean>) {
    return value.byte;
  } else {
    return static_cast<double>(value);
  }
}

template <class T>
float delivered(T value) {
  if constexpr (std::is_same_v<T, Half>) {
    return float_of(value);
  } else if constexpr (std::is_same_v<T, Boolean>) {
    return static_cast<float>(value.byte);
  } else {
    return static_cast<float>(value);  // a float64 beyond float32 becomes infinite
  }
}

constexpr size_t kBlock = 1024;  // stays in the L1 cache between two passes

template <class T, bool swapped>
std::optional<size_t> convert_to_float(const std::byte* raw, size_t n, float* out) {
  for (size_t start = 0; start < n; start += kBlock) {
    const size_t end = std::min(n, start + kBlock);
    for (size_t i = start; i < end; ++i) out[i] = delivered(load<T>(raw + i * sizeof(T), swapped));
    if constexpr (!std::is_integral_v<T>) {
      if (const auto bad = first_non_finite({out + start, end - start})) return start + *bad;
    }
  }
  return std::nullopt;
}

std::optional<size_t> convert_shifted(NumberLayout layout, const std::byte* raw, size_t n,
                                      double offset, float* out) {
  with_type(layout.type, [&](auto value) {
    using T = decltype(value);
    for (size_t i = 0; i < n; ++i) {
      out[i] =
          static_cast<float>(double_of(load<T>(raw + i * sizeof(T), layout.big_endian)) - offset);
    }
  });
  return first_non_finite({out, n});
}

std::optional<size_t> convert_wide(NumberLayout layout, const std::byte* raw, size_t n, Gaps gaps,
                                   double* out) {
  with_type(layout.type, [&](auto value) {
    using T = decltype(value);
    for (size_t i = 0; i < n; ++i) {
      out[i] = double_of(load<T>(raw + i * sizeof(T), layout.big_endian));
    }
  });
  // The model's input is float32.
  const auto* bad = std::find_if(out, out + n, [&](double x) {
    return std::isnan(x) ? gaps == Gaps::refuse : !std::isfinite(static_cast<float>(x));
  });
  if (bad == out + n) return std::nullopt;
  return static_cast<size_t>(bad - out);
}

}  // namespace

size_t number_bytes(NumberType type) {
  return with_type(type, [](auto value) { return sizeof(value); });
}

std::string_view number_name(NumberType type) {
  constexpr std::array<std::string_view, 12> kNames = {"bool",   "int8",    "uint8",   "int16",
                                                       "uint16", "int32",   "uint32",  "int64",
                                                       "uint64", "float16", "float32", "float64"};
  return kNames.at(static_cast<size_t>(type));
}

bool is_integer(NumberType type) {
  return type != NumberType::float16 && type != NumberType::float32 && type != NumberType::float64;
}

DType dtype_of(NumberType type) {
  return type == NumberType::boolean || type == NumberType::uint8 ? DType::uint8 : DType::float32;
}

bool is_stored_as_delivered(NumberLayout layout) {
  return number_bytes(layout.type) == 1 ? dtype_of(layout.type) == DType::uint8
                                        : layout.type == NumberType::float32 && !layout.big_endian;
}

std::optional<size_t> convert_numbers(NumberLayout layout, const std::byte* raw, size_t n,
                                      void* out) {
  if (is_stored_as_delivered(layout)) {
    if (n != 0 && raw != out) std::memcpy(out, raw, n * number_bytes(layout.type));
    if (layout.type == NumberType::float32) {
      return first_non_finite({static_cast<const float*>(out), n});
    }
    if (layout.type == NumberType::boolean) {
      const auto* bytes = static_cast<const uint8_t*>(out);
      const auto* bad = std::find_if(bytes, bytes + n, [](uint8_t byte) { return byte > 1; });
      if (bad != bytes + n) return static_cast<size_t>(bad - bytes);
    }
    return std::nullopt;
  }
  return with_type(layout.type, [&](auto value) {
    using T = decltype(value);
    return layout.big_endian ? convert_to_float<T, true>(raw, n, static_cast<float*>(out))
                             : convert_to_float<T, false>(raw, n, static_cast<float*>(out));
  });
}

std::optional<size_t> deliver_numbers(NumberLayout layout, const std::byte* raw, size_t n,
                                      const Delivery& delivery, void* out) {
  if (delivery.is_wide()) {
    return convert_wide(layout, raw, n, delivery.gaps, static_cast<double*>(out));
  }
  if (delivery.offset == 0) return convert_numbers(layout, raw, n, out);
  return convert_shifted(layout, raw, n, delivery.offset, static_cast<float*>(out));
}

std::string why_undeliverable(NumberLayout layout, const std::byte* raw) {
  const double value = with_type(layout.type, [&](auto number) {
    return double_of(load<decltype(number)>(raw, layout.big_endian));
  });
  if (layout.type == NumberType::boolean) {
    return fmt::format("bool stored as byte {}; expected 0 or 1; write the array again", value);
  }
  if (std::isfinite(value)) {
    return fmt::format(
        "{} does not fit float32; expected at most 3.4e38 in magnitude; scale the"
        " data or remove such rows first",
        number_text(value));
  }
  if (std::isnan(value)) {
    return "NaN; expected finite numbers; remove or fill in such rows, or set data.missing to "
           "\"mask\", \"mean\" or \"median\"";
  }
  return fmt::format("{}; expected finite numbers; remove or fill in such rows first",
                     number_text(value));
}

std::optional<int64_t> integer_at(NumberLayout layout, const std::byte* raw) {
  return with_type(layout.type, [&](auto number) -> std::optional<int64_t> {
    using T = decltype(number);
    const T value = load<T>(raw, layout.big_endian);
    if constexpr (std::is_same_v<T, Boolean>) {
      if (value.byte > 1) return std::nullopt;
      return value.byte;
    } else if constexpr (std::is_integral_v<T>) {
      if (!std::in_range<int64_t>(value)) return std::nullopt;
      return static_cast<int64_t>(value);
    } else {
      throw internal_error("integer_at of {}", number_name(layout.type));
    }
  });
}

std::optional<size_t> first_non_finite(std::span<const float> values) {
  constexpr uint32_t kExponent = 0x7f800000u;
  for (size_t start = 0; start < values.size(); start += kBlock) {
    const size_t end = std::min(values.size(), start + kBlock);
    // Branch-free, so that it is vectorised.
    uint32_t bad = 0;
    for (size_t i = start; i < end; ++i) {
      bad |= (std::bit_cast<uint32_t>(values[i]) & kExponent) == kExponent ? 1u : 0u;
    }
    if (bad == 0) continue;
    for (size_t i = start; i < end; ++i) {
      if (!std::isfinite(values[i])) return i;
    }
  }
  return std::nullopt;
}

std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  return fmt::format("{}", value);
}

}  // namespace ae
