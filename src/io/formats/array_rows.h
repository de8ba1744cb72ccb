#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/sizes.h"
#include "io/byte_reader.h"
#include "io/formats/labels.h"
#include "io/formats/numbers.h"
#include "io/formats/rows.h"

namespace ae {

/// Header of an array file.
struct ArrayHeader {
  std::string_view format;  ///< for messages: "IDX", ".npy"
  NumberLayout layout;
  std::vector<int64_t> shape;  ///< [N, …]
  bool fortran_order = false;  ///< column-major: the first axis varies fastest
  uint64_t data_offset = 0;    ///< bytes before the first number
};

/// Rows of an array of any number type, byte order and memory order. Declared sizes are checked
/// against the file's size before memory is allocated.
/// @param reader     positioned at the first number
/// @param row_shape  of the returned rows; as many elements as shape[1:], {1} for a single axis
/// @throws Error(data)
std::unique_ptr<RowReader> array_rows(ByteReader reader, ArrayHeader header,
                                      std::vector<int64_t> row_shape, const Delivery& delivery);

/// Labels from an integer array [N] or [N, 1]. @throws Error(data)
Labels array_labels(ByteReader reader, const ArrayHeader& header);

/// @throws Error(usage) if the request names columns, which array files do not have
void refuse_column_names(const std::filesystem::path& path, std::string_view format,
                         const RowRequest& request);

/// Index in `shape` of an element, such as "[12, 0, 5]".
/// @param flat  its index in C order
std::string index_text(std::span<const int64_t> shape, uint64_t flat);

}  // namespace ae
