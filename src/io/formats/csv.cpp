#include "io/formats/csv.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <deque>
#include <unordered_map>
#include <utility>

#include "core/error.h"
#include "core/utf8.h"
#include "io/formats/csv_columns.h"
#include "io/formats/csv_non_number.h"
#include "io/formats/csv_number.h"
#include "io/formats/csv_records.h"
#include "io/formats/label_texts.h"
#include "io/formats/text_decoder.h"
#include "io/quote.h"

namespace ae {
namespace {

/// True for a control character of ASCII that text does not hold.
bool is_stray(unsigned byte) {
  return (byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t') || byte == 0x7f;
}

bool is_csv(std::string_view head) {
  const std::optional<Encoding> encoding = detect_encoding(head);
  const auto byte = [&](size_t at) { return unsigned{static_cast<unsigned char>(head[at])}; };
  if (encoding == Encoding::utf16le || encoding == Encoding::utf16be) {
    const size_t high = encoding == Encoding::utf16le ? 1 : 0;
    for (size_t i = 0; i + 1 < head.size(); i += 2) {
      if (is_stray(byte(i + high) << 8 | byte(i + 1 - high))) return false;
    }
    return true;
  }
  for (size_t i = 0; i < head.size(); ++i) {
    if (is_stray(byte(i))) return false;
  }
  return !head.empty();
}

CsvRecord copy_of(const CsvRecords& records) {
  return {{records.fields().begin(), records.fields().end()}, records.line()};
}

void check_utf8(const std::filesystem::path& path, uint64_t line, std::string_view label) {
  if (is_utf8(label)) return;
  throw data_error("{}: line {}: label {} is not UTF-8; save the file as UTF-8", path.string(),
                   line, quote(label));
}

class CsvRows : public RowReader {
 public:
  CsvRows(ByteReader reader, RowRequest request)
      : records_(std::move(reader), request.dialect), offset_(request.offset) {
    request.dialect.decimal = decimal_ = records_.dialect().decimal;
    if (records_.header_is_comment()) {
      if (request.header == Header::absent) records_.next();
      if (request.header == Header::automatic) request.header = Header::present;
    }
    for (int i = 0; i < 2 && records_.next(); ++i) pending_.push_back(copy_of(records_));
    if (pending_.empty()) fail_without_rows();
    const CsvRecord first = pending_[0];
    const auto second = pending_.size() > 1 ? std::optional(pending_[1]) : std::nullopt;
    columns_ = csv_columns(records_.path(), first, second, request);
    if (columns_.has_header) pending_.pop_front();
    if (pending_.empty()) fail_without_rows();
    info_.shape = {static_cast<int64_t>(columns_.data.size())};
    info_.columns = columns_.data_names();
    info_.all_columns = columns_.names;
    for (const size_t column : columns_.data) {
      info_.column_numbers.push_back(static_cast<int64_t>(column) + 1);
    }
    info_.has_header = columns_.has_header;
    info_.dialect = dialect_text(records_.dialect());
  }

  const RowInfo& info() const override { return info_; }
  const std::vector<std::string>& labels() const override { return labels_; }
  std::optional<uint64_t> first_line() const override { return first_line_; }

  int64_t read(int64_t max_rows, void* out) override {
    auto* numbers = static_cast<float*>(out);
    labels_.clear();
    int64_t done = 0;
    for (; done < max_rows; ++done) {
      if (!pending_.empty()) {
        const std::vector<std::string_view> fields(pending_.front().fields.begin(),
                                                   pending_.front().fields.end());
        deliver(fields, pending_.front().line, numbers);
        pending_.pop_front();
      } else if (records_.next()) {
        deliver(records_.fields(), records_.line(), numbers);
      } else {
        break;
      }
      ++row_;
      numbers += columns_.data.size();
    }
    return done;
  }

 private:
  [[noreturn]] void fail_without_rows() const {
    throw data_error("{}: holds no rows; expected at least one below the header",
                     records_.path().string());
  }

  std::optional<float> shifted(std::string_view field) const {
    const auto value = parse_double(field, decimal_);
    return value ? std::optional(static_cast<float>(*value - offset_)) : std::nullopt;
  }

  void deliver(std::span<const std::string_view> fields, uint64_t line, float* out) {
    if (row_ == 0) first_line_ = line;
    if (first_line_ && line != *first_line_ + static_cast<uint64_t>(row_)) first_line_.reset();
    if (fields.size() != columns_.names.size()) {
      throw data_error("{}: {} has {} fields; expected {}, as in the first line",
                       records_.path().string(), at(line), fields.size(), columns_.names.size());
    }
    for (const size_t column : columns_.data) {
      const auto value =
          offset_ != 0 ? shifted(fields[column]) : parse_float(fields[column], decimal_);
      if (!value || !std::isfinite(*value)) {
        throw data_error("{}: {}, column {}: {}", records_.path().string(), at(line),
                         quote(columns_.names[column]),
                         non_number_text(fields[column], records_.dialect()));
      }
      *out++ = *value;
    }
    if (!columns_.label) return;
    if (fields[*columns_.label].empty()) {
      throw data_error("{}: {}, column {}: empty label; expected a number or text",
                       records_.path().string(), at(line), quote(columns_.names[*columns_.label]));
    }
    check_utf8(records_.path(), line, fields[*columns_.label]);
    labels_.emplace_back(fields[*columns_.label]);
  }

  /// The row that is delivered, in messages.
  std::string at(uint64_t line) const { return row_text(row_, line - static_cast<uint64_t>(row_)); }

  CsvRecords records_;
  double offset_;
  char decimal_ = '.';
  std::deque<CsvRecord> pending_;  // read to detect the header, not yet delivered
  CsvColumns columns_;
  RowInfo info_;
  std::vector<std::string> labels_;
  int64_t row_ = 0;  // that is delivered
  std::optional<uint64_t> first_line_;
};

/// True if the first text of a column of labels is its header. Decided by the row count if it is
/// known; otherwise a header is a text above numbers, or a text that occurs once above texts that
/// all occur repeatedly.
bool has_header(const std::vector<std::string>& texts, std::optional<int64_t> rows) {
  if (texts.size() < 2 || parse_double(texts[0])) return false;
  if (rows) return static_cast<int64_t>(texts.size()) == *rows + 1;
  std::unordered_map<std::string_view, size_t> counts;
  bool all_numbers = true;
  for (size_t i = 1; i < texts.size(); ++i) {
    ++counts[texts[i]];
    all_numbers = all_numbers && parse_double(texts[i]);
  }
  return all_numbers ||
         (!counts.contains(texts[0]) &&
          std::all_of(counts.begin(), counts.end(), [](auto& entry) { return entry.second > 1; }));
}

Labels csv_labels(ByteReader reader, std::optional<int64_t> rows) {
  CsvRecords records(std::move(reader));
  LabelTexts read;
  while (records.next()) {
    // One more text may be the header.
    if (rows && static_cast<int64_t>(read.all().size()) > *rows) {
      throw data_error(
          "{}: more than {} labels for {} rows; expected one label per row of the data",
          records.path().string(), *rows, *rows);
    }
    const auto fields = records.fields();
    if (fields.size() != 1) {
      throw data_error(
          "{}: line {} has {} fields; expected one column of labels; to use a column"
          " of the data file, name that column",
          records.path().string(), records.line(), fields.size());
    }
    if (fields[0].empty()) {
      throw data_error("{}: line {}: empty label; expected a number or text",
                       records.path().string(), records.line());
    }
    check_utf8(records.path(), records.line(), fields[0]);
    read.add(records.path(), fields[0]);
  }
  std::vector<std::string> texts = read.release();
  if (has_header(texts, rows)) texts.erase(texts.begin());
  if (texts.empty()) throw data_error("{}: holds no labels", records.path().string());
  return labels_from_text(texts);
}

std::unique_ptr<RowReader> open_csv(ByteReader reader, const RowRequest& request) {
  return std::make_unique<CsvRows>(std::move(reader), request);
}

}  // namespace

constinit const Format kCsvFormat = {"CSV", "a text table, with or without header and gzip", is_csv,
                                     open_csv, csv_labels};

CsvWriter::CsvWriter(const std::filesystem::path& path, const std::vector<std::string>& columns)
    : file_(path), width_(columns.size()) {
  std::string line;
  for (size_t i = 0; i < columns.size(); ++i) {
    if (i != 0) line += ',';
    // Readers trim unquoted fields.
    const bool plain = columns[i].find_first_of(",;\t\"\r\n ") == std::string::npos;
    if (plain && !columns[i].empty()) {
      line += columns[i];
      continue;
    }
    line += '"';
    for (const char c : columns[i]) {
      if (c == '"') line += '"';
      line += c;
    }
    line += '"';
  }
  line += '\n';
  file_.write(line.data(), line.size());
}

template <class T>
void CsvWriter::write_rows(const T* rows, int64_t n) {
  std::string text;
  char number[32];
  for (int64_t row = 0; row < n; ++row) {
    text.clear();
    for (size_t i = 0; i < width_; ++i) {
      if (i != 0) text += ',';
      const auto [end, error] = std::to_chars(number, number + sizeof(number), *rows++);
      text.append(number, end);
    }
    text += '\n';
    file_.write(text.data(), text.size());
  }
}

void CsvWriter::write(const float* rows, int64_t n) { write_rows(rows, n); }
void CsvWriter::write(const double* rows, int64_t n) { write_rows(rows, n); }

void CsvWriter::commit() { file_.commit(); }

}  // namespace ae
