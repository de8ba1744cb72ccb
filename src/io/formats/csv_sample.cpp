#include "io/formats/csv_sample.h"

#include <algorithm>

#include "io/formats/csv_number.h"

namespace ae {
namespace {

/// Position behind the quoted field that begins at `at`; the text's end if it is not closed.
size_t behind_quotes(std::string_view text, size_t at, char quote) {
  for (++at; at < text.size(); ++at) {
    if (text[at] != quote) continue;
    if (at + 1 == text.size() || text[at + 1] != quote) return at + 1;
    ++at;
  }
  return at;
}

/// True for what may separate fields while the separator is not known.
bool may_separate(char c) { return c == ',' || c == ';' || c == '\t' || c == '|' || c == ' '; }

}  // namespace

std::vector<std::string_view> sample_lines(std::string_view sample, bool complete,
                                           const CsvDialect& dialect) {
  std::vector<std::string_view> lines;
  for (size_t at = 0; at < sample.size();) {
    const size_t first = at;
    bool field_begins = true;
    bool blank = true;
    while (at < sample.size() && sample[at] != dialect.newline) {
      const char c = sample[at];
      if (field_begins && dialect.quote != 0 && c == dialect.quote) {
        at = behind_quotes(sample, at, dialect.quote);
        field_begins = blank = false;
        continue;
      }
      blank = blank && (c == ' ' || c == '\t' || c == '\r');
      field_begins = may_separate(c) || c == dialect.separator || (field_begins && c == ' ');
      ++at;
    }
    if (at == sample.size() && !complete && !lines.empty()) break;
    std::string_view line = sample.substr(first, at - first);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!blank) lines.push_back(line);
    ++at;
  }
  return lines;
}

std::vector<std::string_view> sample_fields(std::string_view line, const CsvDialect& dialect) {
  const bool blanks = dialect.separator == ' ';
  std::vector<std::string_view> fields;
  if (blanks) line = trimmed(line);
  for (size_t at = 0;;) {
    while (at < line.size() && (line[at] == ' ' || (blanks && line[at] == '\t'))) ++at;
    const bool quoted = dialect.quote != 0 && at < line.size() && line[at] == dialect.quote;
    const size_t after = quoted ? behind_quotes(line, at, dialect.quote) : at;
    size_t end = after;
    while (end < line.size() && !dialect.is_separator(line[end])) ++end;
    if (quoted) {
      const size_t closing = std::max(after - 1, at + 1);
      fields.push_back(line.substr(at + 1, std::min(closing, line.size()) - at - 1));
    } else {
      fields.push_back(trimmed(line.substr(at, end - at)));
    }
    if (end >= line.size()) return fields;
    at = end + 1;
  }
}

}  // namespace ae
