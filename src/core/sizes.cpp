#include "core/sizes.h"

#include <limits>

#include "core/error.h"
#include "core/text.h"

namespace ae {

std::optional<uint64_t> element_count(std::span<const int64_t> shape) {
  constexpr uint64_t kMax = std::numeric_limits<int64_t>::max() / 8;
  uint64_t count = 1;
  bool empty = false;
  for (const int64_t size : shape) {
    if (size < 0) return std::nullopt;
    empty = empty || size == 0;
    if (size == 0) continue;
    if (count > kMax / static_cast<uint64_t>(size)) return std::nullopt;
    count *= static_cast<uint64_t>(size);
  }
  return empty ? 0 : count;
}

int64_t checked_element_count(std::span<const int64_t> shape) {
  const std::optional<uint64_t> count = element_count(shape);
  if (count) return static_cast<int64_t>(*count);
  throw data_error("shape {}: has more values than memory can hold; expected smaller sizes",
                   shape_text(shape));
}

}  // namespace ae
