#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ae {

/// What rows are delivered as: bytes stay bytes, every other numeric type becomes float32.
enum class DType { uint8, float32 };

size_t dtype_bytes(DType element);

/// Whether the first line of a text table names its columns.
enum class Header { automatic, present, absent };

/// What is known of a source before its rows are read.
struct RowInfo {
  std::vector<int64_t> shape;        ///< of one row: {784}, {1, 28, 28} (channels first), {C, L}
  DType element = DType::float32;    ///< type of what read() delivers
  std::optional<int64_t> count;      ///< rows in the file, where the format says so beforehand
  std::vector<std::string> columns;  ///< names of a row's elements, where the file has them
  std::optional<bool> has_header;  ///< of a text table: whether its first line was taken for names

  /// Elements in one row.
  int64_t width() const;
  size_t row_bytes() const;
};

/// How a source is to be read.
struct RowRequest {
  std::string label_column = {};          ///< CSV: this column is the label, not data; "" for none
  std::vector<std::string> columns = {};  ///< CSV: exactly these, in this order, matched by name;
                                          ///< empty for all but the label and the excluded.
                                          ///< Formats without names ignore it (widths are compared
                                          ///< by whoever knows the model)
  std::vector<std::string> exclude = {};  ///< CSV: columns to leave out (ids, text)
  Header header = Header::automatic;      ///< CSV
};

/// The rows of a file in order, any number at a time, in bounded memory. Values are finite.
class RowReader {
 public:
  virtual ~RowReader() = default;

  virtual const RowInfo& info() const = 0;
  /// Delivers up to `max_rows` rows into `out` (contiguous, max_rows * info().row_bytes() bytes)
  /// and returns how many; fewer than asked only at the end, 0 from then on. That the file holds
  /// nothing after its last row is checked here.
  /// @throws Error(data) naming the row and column of what cannot be read.
  virtual int64_t read(int64_t max_rows, void* out) = 0;
  /// Text of the label column for the rows of the last read(); empty without a label column.
  virtual const std::vector<std::string>& labels() const;
};

}  // namespace ae
