#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "io/formats/text_decoder.h"

namespace ae {

/// How a text table is written.
struct CsvDialect {
  char separator = ',';               ///< of fields; ' ' for runs of spaces and tabs
  char decimal = '.';                 ///< decimal mark: '.' or ','
  char quote = '"';                   ///< around fields, doubled inside; 0 for none
  std::optional<char> comment = '#';  ///< lines that begin with it are skipped
  Encoding encoding = Encoding::utf8;
  char newline = '\n';  ///< '\r' where lines end in CR alone; before '\n' a '\r' is skipped

  bool is_separator(char c) const { return c == separator || (separator == ' ' && c == '\t'); }
  bool operator==(const CsvDialect&) const = default;
};

/// Parts of a dialect that are given; the rest is detected.
struct CsvDialectRequest {
  std::optional<char> separator = {};
  std::optional<char> decimal = {};
  std::optional<char> quote = {};    ///< '"' unless set: quotes are not detected
  std::optional<char> comment = {};  ///< 0 for a table without comments
  std::optional<Encoding> encoding = {};
};

/// Dialect of a text table, as detected from its start.
struct CsvDetection {
  CsvDialect dialect;
  size_t begin = 0;                ///< of the first record, after a line "sep=;" or a "#"
  bool header_is_comment = false;  ///< the first record is the names behind a "#" (numpy.savetxt)
  bool comments_may_be_rows = false;  ///< the first column is text: a line that begins as a comment
                                      ///< and has as many fields as the others is a row
  std::string_view ambiguous_number;  ///< a cell such as "1,234", where no cell tells whether the
                                      ///< comma is the decimal mark; '.' is then assumed
};

/// Detects a dialect from the start of a text.
///
/// The separator is the first of tab, ";", "|" and "," that each line has equally often; else
/// blanks, if they separate numbers into as many columns on each line; else the most frequent in
/// the first line. A comma is the decimal mark if some number can only be read so ("0,5", not
/// "1,234"), no other number has a decimal point, and the separator is not a comma.
/// @param sample    UTF-8, with the first line end of the text
/// @param complete  true if the sample is the whole text
CsvDetection detect_csv(std::string_view sample, bool complete, const CsvDialectRequest& request);
CsvDialect detect_dialect(std::string_view sample, bool complete,
                          const CsvDialectRequest& request = {});

/// What differs from a comma, a decimal point and UTF-8, for the log: `separated by ";", decimal
/// comma, Latin-1`; "" if nothing does.
std::string dialect_text(const CsvDialect& dialect);

}  // namespace ae
