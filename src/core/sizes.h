#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace ae {

/// Number of values in an array of this shape; 1 for {}. Nothing where an extent is negative, or
/// where the product is beyond what memory could address.
std::optional<uint64_t> element_count(std::span<const int64_t> shape);

/// The same for a shape whose extents come from a config or a file.
/// @throws Error(data) where there is no such number
int64_t checked_element_count(std::span<const int64_t> shape);

}  // namespace ae
