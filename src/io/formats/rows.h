#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "io/formats/csv_dialect.h"
#include "io/formats/csv_number_format.h"

namespace ae {

/// Element type of delivered rows: uint8 and bool become uint8, every other type float32, or
/// float64 on request.
enum class DType { uint8, float32, float64 };

size_t dtype_bytes(DType dtype);

/// First line of a text table: detected, column names, or a row.
enum class Header { automatic, present, absent };

/// What a column of a table holds.
enum class ColumnType { numeric, boolean, categorical };

/// Names of the values of ColumnType: "numeric", "boolean", "categorical".
std::span<const std::string> column_type_names();

/// A data column of a text table, and how its cells become numbers.
struct TableColumn {
  std::string name;    ///< without a header its number, from "1"
  int64_t number = 1;  ///< from 1
  ColumnType type = ColumnType::numeric;
  NumberFormat format = {};  ///< of a numeric column, in this file
  /// Texts of the numbers 0, 1, …: of a boolean false and true, of a categorical column all that
  /// have been read.
  std::vector<std::string> categories = {};
};

/// Properties of a file of rows that are known before the rows are read.
struct RowInfo {
  std::vector<int64_t> shape;        ///< of one row: {784}, {1, 28, 28} (channels first), {C, L}
  DType dtype = DType::float32;      ///< type of what read() delivers
  bool bytes = false;                ///< the file's elements are bytes or booleans
  bool booleans = false;             ///< the file's elements are booleans
  std::optional<int64_t> count;      ///< number of rows, if the format declares it
  std::vector<std::string> columns;  ///< names of a row's elements, if the file has them
  std::vector<std::string> all_columns;  ///< of a text table, with those left out; without a header
                                         ///< their numbers, from "1"
  std::vector<int64_t> column_numbers;   ///< of a text table: those of a row's elements, from 1
  std::vector<std::string> text_columns;  ///< RowRequest::texts, patterns by their columns' names
  std::optional<bool> has_header;         ///< of a text table: true if its first line is a header
  std::vector<TableColumn> table;  ///< of a text table: a row's elements. Categories are known
                                   ///< as rows are read
  std::string dialect;  ///< of a text table: what differs from the ordinary, as dialect_text() says

  /// Elements in one row.
  int64_t width() const;
  size_t row_bytes() const;
};

/// What to do with a cell without a value.
enum class Gaps {
  refuse,
  deliver,  ///< as NaN, in rows of float64
};

/// How numbers are delivered.
struct Delivery {
  double offset = 0;         ///< subtracted from each value before it is narrowed to float32, in
                             ///< which all values are then delivered
  bool wide = false;         ///< all values as float64, of which no offset is subtracted
  Gaps gaps = Gaps::refuse;  ///< NaN and, in text, the cells of TableRequest::missing

  bool is_wide() const { return wide || gaps == Gaps::deliver; }
};

/// How the cells of a text table are understood.
struct TableRequest {
  bool typed = false;  ///< false: all columns are numeric, and any text in them is refused
  std::map<std::string, ColumnType> types = {};  ///< by name, number or pattern; others by content
  std::vector<std::string> missing = {};         ///< texts of gaps; empty for the usual ones
  std::vector<TableColumn> known = {};  ///< of the data that a model was trained on: types and all
                                        ///< categories; matched to the columns by name
  bool wide_if_named = false;           ///< rows of a table with a header are float64
  bool unknown_as_gap = false;          ///< a category that is not among the known ones is a gap
};

/// Options for reading a file of rows.
struct RowRequest {
  std::string label_column = {};          ///< CSV: column of the labels; "" for none
  std::vector<std::string> columns = {};  ///< CSV: data columns, in this order; empty for all but
                                          ///< the label and the excluded ones. Ignored by formats
                                          ///< without columns. A column is given by its name, or
                                          ///< its number from 1 where no column has that name; here
                                          ///< and in `exclude` also by a pattern
  std::vector<std::string> exclude = {};  ///< CSV: columns to leave out (ids, text)
  std::vector<std::string> texts = {};  ///< CSV: columns that RowReader::texts() delivers, whether
                                        ///< they are data or not
  Header header = Header::automatic;    ///< CSV
  CsvDialectRequest dialect = {};       ///< CSV: what is not to be detected
  TableRequest table = {};              ///< CSV
  Delivery delivery = {};
  int threads = 1;  ///< CSV: that convert cells
};

/// Sequential reader of the rows of a file, in bounded memory. Values are finite, or NaN for gaps
/// where these are delivered.
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
  /// Texts of the columns RowInfo::text_columns for the rows of the last read(), one list a column.
  virtual const std::vector<std::vector<std::string>>& texts() const;
  /// Text files: line of row 0, if each row read so far is one line.
  virtual std::optional<uint64_t> first_line() const { return std::nullopt; }
};

/// A row in messages: its number, counted from 0 as everywhere, and its line if the file has lines:
/// "row 3 (line 5)".
/// @param first_line  RowReader::first_line()
std::string row_text(int64_t row, std::optional<uint64_t> first_line);

}  // namespace ae
