#pragma once

#include <memory>

#include "io/formats/array_rows.h"

namespace ae {

/// Rows of an array stored with its first axis fastest: every row is spread over the whole file.
/// Plain files are gathered in blocks of rows, in bounded memory; compressed ones, which can be
/// read in one direction only, are held as a whole. Sizes have been checked.
std::unique_ptr<RowReader> fortran_rows(ByteReader reader, ArrayHeader header, RowInfo info);

}  // namespace ae
