#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "io/formats/array_rows.h"

namespace ae {

inline constexpr std::string_view kNpyMagic = "\x93NUMPY";

/// Reads the header of a .npy file, versions 1 to 3, up to the first number.
/// @throws Error(data)
ArrayHeader read_npy_header(ByteReader& reader);

/// A header, version 1, for an array in C order.
/// @param descr  NumPy's type descriptor, such as "<f4"
/// @param bytes  minimum size, a multiple of 64, to pad to
std::string npy_header(std::string_view descr, std::span<const int64_t> shape, size_t bytes = 0);

}  // namespace ae
