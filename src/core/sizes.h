#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace ae {

/// Number of values in an array of this shape; 1 for {}. nullopt if a size is negative or the
/// product exceeds the address space.
std::optional<uint64_t> element_count(std::span<const int64_t> shape);

/// element_count() of a shape that comes from a config or a file.
/// @throws Error(data) instead of nullopt
int64_t checked_element_count(std::span<const int64_t> shape);

}  // namespace ae
