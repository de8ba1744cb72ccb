#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "io/byte_reader.h"
#include "io/formats/csv_dialect.h"
#include "io/formats/text_decoder.h"

namespace ae {

/// Sequential reader of the records of a text table, split into fields, in UTF-8. What the request
/// leaves open is detected from the first lines. Skipped are a byte order mark, carriage returns,
/// blank lines, comments and a first line "sep=;". A comment directly above the data that holds the
/// columns' names is the first record. Memory is bounded: a buffer, with one record at least.
class CsvRecords {
 public:
  /// @throws Error(data) if no number tells whether a comma is the decimal mark
  explicit CsvRecords(ByteReader reader, const CsvDialectRequest& request = {});

  /// Moves to the next record. @return false at the end
  /// @throws Error(data) for an unclosed quote, text after a closing quote, a record beyond
  ///         kMaxRecordBytes or kMaxFields, or characters that are not of the encoding
  bool next();
  /// Moves to the next record if it can be read without ending the fields of those since next().
  /// @return false if it cannot, or at the end
  bool next_in_buffer();

  /// Fields of the record, unquoted or trimmed; valid until next().
  std::span<const std::string_view> fields() const {
    return std::span(fields_).subspan(first_field_);
  }
  /// Fields of all records since next(), one after another.
  std::span<const std::string_view> all_fields() const { return fields_; }
  /// Line of the record's first byte, from 1.
  uint64_t line() const { return line_; }
  /// The encoding is that of the bytes read so far: ASCII is UTF-8.
  const CsvDialect& dialect() const { return dialect_; }
  /// True if the first record is the columns' names, read from a comment.
  bool header_is_comment() const { return header_is_comment_; }
  const std::filesystem::path& path() const { return reader_.path(); }

  static constexpr size_t kMaxRecordBytes = size_t{64} << 20;
  static constexpr size_t kMaxFields = size_t{1} << 20;

 private:
  enum class Found {
    record,
    end,  // of the file
    cut   // the buffer ends before what comes next does
  };
  enum class Split { done, cut, quoted };
  enum class Comment { skipped, row, cut };

  /// Extent of the record that starts at begin_.
  struct Extent {
    size_t end = 0;         // position of the newline, or the end of the file
    uint64_t newlines = 0;  // inside quotes
  };

  void read_sample();
  void detect(const CsvDialectRequest& request);
  Found read_record();
  Found skip_to_record();
  Comment skip_comment(size_t at);
  Split split_plain();
  bool scan_quoted(Extent& extent) const;
  void split_quoted(char* text, size_t n);
  void add_field(const char* begin, const char* end);
  void finish_line(const char* field, size_t end);
  bool refill();

  TextDecoder reader_;
  CsvDialect dialect_;
  bool header_is_comment_ = false;
  bool comments_may_be_rows_ = false;
  std::vector<char> buffer_;
  size_t begin_ = 0;  // first byte not yet consumed
  size_t end_ = 0;    // end of the buffered bytes
  bool file_ended_ = false;
  uint64_t next_line_ = 1;
  uint64_t line_ = 0;
  size_t width_ = 0;  // fields of the last record
  std::vector<std::string_view> fields_;
  size_t first_field_ = 0;  // of the record
};

}  // namespace ae
