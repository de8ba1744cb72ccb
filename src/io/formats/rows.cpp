#include "io/formats/rows.h"

#include <spdlog/fmt/fmt.h>

#include "core/sizes.h"

namespace ae {

size_t dtype_bytes(DType dtype) {
  switch (dtype) {
    case DType::uint8:
      return sizeof(uint8_t);
    case DType::float32:
      return sizeof(float);
    case DType::float64:
      return sizeof(double);
  }
  return 0;
}

std::span<const std::string> column_type_names() {
  static const std::vector<std::string> kNames = {"numeric", "boolean", "categorical"};
  return kNames;
}

int64_t RowInfo::width() const { return checked_element_count(shape); }

size_t RowInfo::row_bytes() const { return static_cast<size_t>(width()) * dtype_bytes(dtype); }

const std::vector<std::string>& RowReader::labels() const {
  static const std::vector<std::string> none;
  return none;
}

const std::vector<std::vector<std::string>>& RowReader::texts() const {
  static const std::vector<std::vector<std::string>> none;
  return none;
}

std::string row_text(int64_t row, std::optional<uint64_t> first_line) {
  if (!first_line) return fmt::format("row {}", row);
  return fmt::format("row {} (line {})", row, *first_line + static_cast<uint64_t>(row));
}

}  // namespace ae
