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

/// What the header of an array file declares.
struct ArrayHeader {
  std::string_view format;  ///< for messages: "IDX", ".npy"
  NumberLayout layout;
  std::vector<int64_t> shape;  ///< [N, …]
  bool fortran_order = false;  ///< first axis fastest
  uint64_t data_offset = 0;    ///< bytes before the first number
};

/// Rows of an array whose header has been read; the reader stands at its first number. An array of
/// one axis has rows of shape {1}. Declared sizes are checked against the file's before any memory
/// is taken. Both byte and memory orders, any number type.
/// @param row_shape  as delivered; as many elements as shape[1:]
/// @throws Error(data)
std::unique_ptr<RowReader> array_rows(ByteReader reader, ArrayHeader header,
                                      std::vector<int64_t> row_shape);

/// The numbers of an integer array [N] or [N, 1]. @throws Error(data)
Labels array_labels(ByteReader reader, const ArrayHeader& header);

/// @throws Error(usage) where the request names columns that an array does not have.
void refuse_column_names(const std::filesystem::path& path, std::string_view format,
                         const RowRequest& request);

/// "[12, 0, 5]": where in `shape` the element with this flat index (C order) is.
std::string index_text(std::span<const int64_t> shape, uint64_t flat);

}  // namespace ae
