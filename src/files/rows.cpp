#include "files/rows.h"

#include "core/sizes.h"

namespace ae {

size_t element_bytes(Element element) {
  return element == Element::uint8 ? sizeof(uint8_t) : sizeof(float);
}

int64_t RowInfo::width() const { return checked_element_count(shape); }

size_t RowInfo::row_bytes() const { return static_cast<size_t>(width()) * element_bytes(element); }

const std::vector<std::string>& RowReader::labels() const {
  static const std::vector<std::string> none;
  return none;
}

}  // namespace ae
