#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "io/formats/csv_dialect.h"

namespace ae {

/// Element type of delivered rows: uint8 and bool become uint8, every other type float32.
enum class DType { uint8, float32 };

size_t dtype_bytes(DType dtype);

/// First line of a text table: detected, column names, or a row.
enum class Header { automatic, present, absent };

/// Properties of a file of rows that are known before the rows are read.
struct RowInfo {
  std::vector<int64_t> shape;        ///< of one row: {784}, {1, 28, 28} (channels first), {C, L}
  DType dtype = DType::float32;      ///< type of what read() delivers
  bool booleans = false;             ///< the uint8 elements are booleans
  std::optional<int64_t> count;      ///< number of rows, if the format declares it
  std::vector<std::string> columns;  ///< names of a row's elements, if the file has them
  std::vector<std::string> all_columns;  ///< of a text table, with those left out; without a header
                                         ///< their numbers, from "1"
  std::vector<int64_t> column_numbers;   ///< of a text table: those of a row's elements, from 1
  std::optional<bool> has_header;        ///< of a text table: true if its first line is a header
  std::string dialect;  ///< of a text table: what differs from the ordinary, as dialect_text() says

  /// Elements in one row.
  int64_t width() const;
  size_t row_bytes() const;
};

/// Options for reading a file of rows.
struct RowRequest {
  std::string label_column = {};          ///< CSV: column of the labels; "" for none
  std::vector<std::string> columns = {};  ///< CSV: data columns, in this order; empty for all but
                                          ///< the label and the excluded ones. Ignored by formats
                                          ///< without columns. A column is given by its name, or
                                          ///< its number from 1 where no column has that name
  std::vector<std::string> exclude = {};  ///< CSV: columns to leave out (ids, text)
  Header header = Header::automatic;      ///< CSV
  CsvDialectRequest dialect = {};         ///< CSV: what is not to be detected
  double offset = 0;  ///< subtracted from each value before it is narrowed to float32, in which all
                      ///< values are then delivered
};

/// Sequential reader of the rows of a file, in bounded memory. Values are finite.
class RowReader {
 public:
  virtual ~RowReader() = default;

  virtual const RowInfo& info() const = 0;
  /// Reads the next rows; after the last one, checks that the file ends.
  /// @param out  contiguous, max_rows * info().row_bytes() bytes
  /// @return the number of rows read; less than `max_rows` only at the end, then 0
  /// @throws Error(data) naming the row and column of a value that cannot be read
  virtual int64_t read(int64_t max_rows, void* out) = 0;
  /// Texts of the label column for the rows of the last read(); empty without a label column.
  virtual const std::vector<std::string>& labels() const;
  /// Text files: line of row 0, if each row read so far is one line.
  virtual std::optional<uint64_t> first_line() const { return std::nullopt; }
};

/// A row in messages: its number, counted from 0 as everywhere, and its line if the file has lines:
/// "row 3 (line 5)".
/// @param first_line  RowReader::first_line()
std::string row_text(int64_t row, std::optional<uint64_t> first_line);

}  // namespace ae
