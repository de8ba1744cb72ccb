#include "io/formats/csv_dialect.h"

#include <algorithm>
#include <vector>

#include "core/text.h"
#include "io/formats/csv_number.h"
#include "io/formats/csv_sample.h"

namespace ae {
namespace {

using Lines = std::vector<std::string_view>;

/// Finds a first line such as "sep=;", which Excel reads.
std::optional<char> declared_separator(std::string_view sample, char newline, size_t& bytes) {
  const size_t end = std::min(sample.find(newline), sample.size());
  std::string_view line = sample.substr(0, std::min<size_t>(end, 16));
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.size() >= 2 && line.front() == '"' && line.back() == '"') {
    line = line.substr(1, line.size() - 2);
  }
  constexpr std::string_view kStart = "sep=";
  if (line.size() != kStart.size() + 1 || !line.starts_with(kStart)) return std::nullopt;
  constexpr std::string_view kAllowed = ",;|\t: ^~!/";
  if (kAllowed.find(line.back()) == std::string_view::npos) return std::nullopt;
  bytes = std::min(end + 1, sample.size());
  return line.back();
}

bool is_comment(std::string_view line, const CsvDialect& dialect) {
  const std::string_view text = trimmed(line);
  return dialect.comment && !text.empty() && text.front() == *dialect.comment;
}

bool is_any_number(std::string_view field, const CsvDialect& dialect) {
  return parse_double(field, dialect.decimal).has_value();
}

/// True if the first column is text below the first of the lines, which hold no comments.
bool begins_with_text(const Lines& rows, const CsvDialect& dialect) {
  return std::none_of(rows.begin() + (rows.size() > 1), rows.end(), [&](std::string_view line) {
    return is_any_number(sample_fields(line, dialect)[0], dialect);
  });
}

/// The comment directly above the first row, if it holds the columns' names: as many fields as the
/// row has, not all numbers, above at least one number.
std::optional<std::string_view> names_in_comment(std::string_view sample, const Lines& lines,
                                                 const CsvDialect& dialect) {
  const auto row = std::find_if_not(
      lines.begin(), lines.end(), [&](std::string_view line) { return is_comment(line, dialect); });
  if (row == lines.begin() || row == lines.end()) return std::nullopt;
  const std::string_view comment = *(row - 1);
  const auto newlines = sample.substr(static_cast<size_t>(comment.data() - sample.data()),
                                      static_cast<size_t>(row->data() - comment.data()));
  if (std::count(newlines.begin(), newlines.end(), dialect.newline) != 1) return std::nullopt;
  const std::string_view names = trimmed(comment).substr(1);
  const auto columns = sample_fields(names, dialect);
  const auto fields = sample_fields(*row, dialect);
  const auto is_number = [&](std::string_view field) { return is_any_number(field, dialect); };
  if (columns.size() != fields.size() || std::all_of(columns.begin(), columns.end(), is_number) ||
      std::none_of(fields.begin(), fields.end(), is_number)) {
    return std::nullopt;
  }
  return names;
}

std::string separator_text(char separator) {
  if (separator == ' ') return "separated by blanks";
  if (separator == '\t') return "separated by tabs";
  return std::string("separated by \"") + separator + '"';
}

}  // namespace

CsvDetection detect_csv(std::string_view sample, bool complete, const CsvDialectRequest& request) {
  CsvDetection found;
  CsvDialect& dialect = found.dialect;
  dialect.quote = request.quote.value_or('"');
  dialect.encoding = request.encoding.value_or(Encoding::utf8);
  const bool has_newline = sample.find('\n') != std::string_view::npos;
  if (!has_newline && sample.find('\r') != std::string_view::npos) dialect.newline = '\r';
  const std::optional<char> declared = declared_separator(sample, dialect.newline, found.begin);
  if (request.separator) dialect.separator = *request.separator;

  const Lines lines = sample_lines(sample.substr(found.begin), complete, dialect);
  dialect.comment = request.comment.value_or('#');
  if (*dialect.comment == 0) dialect.comment.reset();
  Lines rows;
  std::copy_if(lines.begin(), lines.end(), std::back_inserter(rows),
               [&](std::string_view line) { return !is_comment(line, dialect); });
  if (rows.empty() && !request.comment) {
    dialect.comment.reset();
    rows = lines;
  }
  if (!request.separator) dialect.separator = declared.value_or(detect_separator(rows, dialect));
  if (request.decimal) {
    dialect.decimal = *request.decimal;
  } else {
    const DecimalDetection decimal = detect_decimal(rows, dialect);
    dialect.decimal = decimal.decimal;
    found.ambiguous_number = decimal.ambiguous_number;
  }
  if (rows.empty()) return found;
  found.comments_may_be_rows = !request.comment && begins_with_text(rows, dialect);
  if (const auto names = names_in_comment(sample, lines, dialect)) {
    found.header_is_comment = true;
    found.begin = static_cast<size_t>(names->data() - sample.data());
  }
  return found;
}

CsvDialect detect_dialect(std::string_view sample, bool complete,
                          const CsvDialectRequest& request) {
  return detect_csv(sample, complete, request).dialect;
}

std::string dialect_text(const CsvDialect& dialect) {
  std::vector<std::string> parts;
  if (dialect.separator != ',') parts.push_back(separator_text(dialect.separator));
  if (dialect.decimal == ',') parts.emplace_back("decimal comma");
  if (dialect.quote == 0) parts.emplace_back("no quotes");
  if (dialect.quote != '"' && dialect.quote != 0) {
    parts.push_back(std::string("quoted by ") + dialect.quote);
  }
  if (dialect.newline == '\r') parts.emplace_back("lines end in CR");
  if (dialect.encoding == Encoding::windows1252) parts.emplace_back("Latin-1");
  if (dialect.encoding == Encoding::utf16le || dialect.encoding == Encoding::utf16be) {
    parts.emplace_back("UTF-16");
  }
  return join(parts);
}

}  // namespace ae
