#include "io/formats/idx.h"

#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "core/error.h"
#include "io/formats/array_rows.h"

namespace ae {
namespace {

constexpr size_t kMaxIdxAxes = 8;

std::optional<NumberType> number_type(unsigned char code) {
  switch (code) {
    case 0x08:
      return NumberType::uint8;
    case 0x09:
      return NumberType::int8;
    case 0x0b:
      return NumberType::int16;
    case 0x0c:
      return NumberType::int32;
    case 0x0d:
      return NumberType::float32;
    case 0x0e:
      return NumberType::float64;
    default:
      return std::nullopt;
  }
}

bool is_idx(std::string_view head) {
  return head.size() >= 4 && head[0] == '\0' && head[1] == '\0' &&
         number_type(static_cast<unsigned char>(head[2])) && head[3] != '\0';
}

ArrayHeader read_header(ByteReader& reader) {
  std::array<unsigned char, 4> magic{};
  reader.read_exactly(magic.data(), magic.size(), "the IDX header");
  const size_t axes = magic[3];
  if (axes > kMaxIdxAxes) {
    throw data_error("{}: IDX array with {} axes; expected 1 to {}", reader.path().string(), axes,
                     kMaxIdxAxes);
  }
  ArrayHeader header;
  header.format = "IDX";
  header.layout = {number_type(magic[2]).value(), true};
  for (size_t axis = 0; axis < axes; ++axis) {
    std::array<unsigned char, 4> size{};
    reader.read_exactly(size.data(), size.size(), "the IDX header");
    header.shape.push_back(int64_t{size[0]} << 24 | size[1] << 16 | size[2] << 8 | size[3]);
  }
  header.data_offset = reader.position();
  return header;
}

std::unique_ptr<RowReader> open_idx(ByteReader reader, const RowRequest& request) {
  refuse_column_names(reader.path(), "IDX", request);
  ArrayHeader header = read_header(reader);
  std::vector<int64_t> row(header.shape.begin() + 1, header.shape.end());
  if (row.empty()) row.push_back(1);
  if (row.size() == 2) row.insert(row.begin(), 1);  // channel axis
  return array_rows(std::move(reader), std::move(header), std::move(row), request.delivery);
}

Labels idx_labels(ByteReader reader, std::optional<int64_t>) {
  const ArrayHeader header = read_header(reader);
  return array_labels(std::move(reader), header);
}

}  // namespace

constinit const Format kIdxFormat = {"IDX", "MNIST's array format, with or without gzip", is_idx,
                                     open_idx, idx_labels};

}  // namespace ae
