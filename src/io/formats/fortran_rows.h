#pragma once

#include <memory>

#include "io/formats/array_rows.h"

namespace ae {

/// Rows of an array in column-major (Fortran) order, in which every row is spread over the whole
/// file. Uncompressed files are read in blocks of rows, in bounded memory; compressed files, which
/// can only be read sequentially, are loaded as a whole. Sizes have been checked by the caller.
std::unique_ptr<RowReader> fortran_rows(ByteReader reader, ArrayHeader header, RowInfo info,
                                        const Delivery& delivery);

}  // namespace ae
