#include "io/formats/rows.h"

#include <spdlog/fmt/fmt.h>

#include "core/sizes.h"

namespace ae {

size_t dtype_bytes(DType dtype) { return dtype == DType::uint8 ? sizeof(uint8_t) : sizeof(float); }

int64_t RowInfo::width() const { return checked_element_count(shape); }

size_t RowInfo::row_bytes() const { return static_cast<size_t>(width()) * dtype_bytes(dtype); }

const std::vector<std::string>& RowReader::labels() const {
  static const std::vector<std::string> none;
  return none;
}

std::string row_text(int64_t row, std::optional<uint64_t> first_line) {
  if (!first_line) return fmt::format("row {}", row);
  return fmt::format("row {} (line {})", row, *first_line + static_cast<uint64_t>(row));
}

}  // namespace ae
