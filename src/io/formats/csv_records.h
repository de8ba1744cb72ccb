#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "io/byte_reader.h"

namespace ae {

/// Sequential reader of the records of a CSV file, split into fields. The separator is detected
/// from the first lines; a UTF-8 byte order mark, carriage returns and blank lines at the end are
/// skipped. Memory is bounded: one record and a buffer.
class CsvRecords {
 public:
  explicit CsvRecords(ByteReader reader);

  /// Moves to the next record. @return false at the end
  /// @throws Error(data) for a blank line before the end, an unclosed quote, text after a closing
  ///         quote, or a record beyond kMaxRecordBytes or kMaxFields
  bool next();

  /// Fields of the record, unquoted or trimmed; valid until next().
  std::span<const std::string_view> fields() const { return fields_; }
  /// Line of the record's first byte, from 1.
  uint64_t line() const { return line_; }
  char separator() const { return separator_; }
  const std::filesystem::path& path() const { return reader_.path(); }

  static constexpr size_t kMaxRecordBytes = size_t{64} << 20;
  static constexpr size_t kMaxFields = size_t{1} << 20;

 private:
  /// Extent of the record that starts at begin_.
  struct Extent {
    size_t end = 0;         // position of the newline, or the end of the file
    uint64_t newlines = 0;  // inside quotes
    bool quoted = false;
  };

  bool skip_blank_lines();
  Extent find_end();
  bool scan_quoted(size_t from, Extent& extent);
  void add_field(std::string_view field);
  void split_plain(char* text, size_t n);
  void split_quoted(char* text, size_t n);
  bool refill();

  ByteReader reader_;
  char separator_ = ',';
  std::vector<char> buffer_;
  size_t begin_ = 0;  // first byte not yet consumed
  size_t end_ = 0;    // end of the buffered bytes
  bool file_ended_ = false;
  uint64_t next_line_ = 1;
  uint64_t line_ = 0;
  std::vector<std::string_view> fields_;
};

/// Detects the separator of a text from its first lines: tab, semicolon or comma.
/// @param complete  true if the sample is the whole text
char sniff_separator(std::string_view sample, bool complete);

}  // namespace ae
