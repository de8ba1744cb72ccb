#include <algorithm>

#include "core/error.h"
#include "io/formats/csv_number.h"
#include "io/formats/csv_records.h"
#include "io/quote.h"

namespace ae {

/// Finds the end of a record with quotes. @return false if it is not in the buffer
bool CsvRecords::scan_quoted(Extent& extent) const {
  extent.newlines = 0;
  size_t at = begin_;
  const char quote_mark = dialect_.quote;
  const char newline = dialect_.newline;
  for (;;) {  // one field per iteration
    while (at < end_ && buffer_[at] == ' ') ++at;
    if (at < end_ && buffer_[at] == quote_mark) {
      ++at;
      for (;;) {
        while (at < end_ && buffer_[at] != quote_mark) extent.newlines += buffer_[at++] == newline;
        // A quote at the end of the buffer may be the first of an escaped pair.
        if (at >= end_ || (at + 1 == end_ && !file_ended_)) return false;
        if (at + 1 == end_ || buffer_[at + 1] != quote_mark) break;
        at += 2;
      }
      ++at;
    }
    while (at < end_ && !dialect_.is_separator(buffer_[at]) && buffer_[at] != newline) ++at;
    if (at == end_ && !file_ended_) return false;
    extent.end = at;
    if (at == end_ || buffer_[at] == newline) return true;
    ++at;
  }
}

void CsvRecords::split_quoted(char* text, size_t n) {
  const bool blanks = dialect_.separator == ' ';
  const char quote_mark = dialect_.quote;
  const auto is_separator = [this](char c) { return dialect_.is_separator(c); };
  char* at = text;
  char* const end = text + n;
  for (;;) {
    char* start = at;
    while (start < end && (*start == ' ' || (blanks && *start == '\t'))) ++start;
    if (blanks && start == end) break;
    char* stop = nullptr;
    if (start < end && *start == quote_mark) {
      // Unescaping shortens, so it is done in place.
      char* out = ++start;
      for (at = start; *at != quote_mark || (at + 1 < end && at[1] == quote_mark); ++at) {
        if (*at == quote_mark) ++at;
        *out++ = *at;
      }
      ++at;
      stop = std::find_if(at, end, is_separator);
      const std::string_view rest = trimmed({at, static_cast<size_t>(stop - at)});
      if (!rest.empty()) {
        throw data_error(
            "{}: line {}: {} follows a closing quote; expected a separator or the end of"
            " the line; double a quote that belongs to the text",
            path().string(), line_, quote(rest));
      }
      add_field(start, out);
    } else {
      stop = std::find_if(blanks ? start : at, end, is_separator);
      const std::string_view field = trimmed({at, static_cast<size_t>(stop - at)});
      add_field(field.data(), field.data() + field.size());
    }
    if (stop == end) break;
    at = stop + 1;
  }
}

}  // namespace ae
