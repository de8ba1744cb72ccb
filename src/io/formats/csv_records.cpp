#include "io/formats/csv_records.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "core/error.h"
#include "io/formats/csv_marks.h"
#include "io/formats/csv_number.h"
#include "io/formats/csv_sample.h"
#include "io/quote.h"

namespace ae {
namespace {

constexpr size_t kCsvSampleBytes = size_t{256} << 10;
/// Records that are converted together; large beside the start of a thread.
constexpr size_t kCsvBufferBytes = size_t{1} << 20;

}  // namespace

CsvRecords::CsvRecords(ByteReader reader, const CsvDialectRequest& request)
    : reader_(std::move(reader), request.encoding),
      buffer_(kCsvSampleBytes + CsvMarks::kBlockBytes) {
  read_sample();
  detect(request);
  const size_t size = std::max(buffer_.size(), kCsvBufferBytes + CsvMarks::kBlockBytes);
  if (!file_ended_) buffer_.resize(size);
}

/// Fills the buffer, at least until a line end.
void CsvRecords::read_sample() {
  while (refill()) {
    const std::string_view sample(buffer_.data(), end_);
    const size_t at = sample.find_first_of("\r\n");
    // A carriage return at the end may be the first half of a line end.
    if (at + 1 < sample.size() && end_ >= ByteReader::kMaxPeek) return;
  }
}

void CsvRecords::detect(const CsvDialectRequest& request) {
  const std::string_view sample(buffer_.data(), std::min(end_, kCsvSampleBytes));
  const CsvDetection found = detect_csv(sample, file_ended_ && sample.size() == end_, request);
  if (!found.ambiguous_number.empty()) {
    const auto before =
        sample.substr(0, static_cast<size_t>(found.ambiguous_number.data() - sample.data()));
    throw data_error(
        "{}: line {}: {} may be a decimal number or thousands, and no other number tells; set"
        " data.dialect.decimal to \",\" or \".\"",
        path().string(), 1 + std::count(before.begin(), before.end(), found.dialect.newline),
        quote(found.ambiguous_number));
  }
  dialect_ = found.dialect;
  dialect_.encoding = reader_.encoding();
  header_is_comment_ = found.header_is_comment;
  comments_may_be_rows_ = found.comments_may_be_rows;
  begin_ = found.begin;
  next_line_ += static_cast<uint64_t>(std::count(
      buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(begin_), dialect_.newline));
}

bool CsvRecords::refill() {
  if (file_ended_) return false;
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  size_t size = buffer_.size() - CsvMarks::kBlockBytes;
  if (size - end_ < TextDecoder::kMinRead) {
    if (size >= kMaxRecordBytes) {
      throw data_error(
          "{}: line {} begins a row of more than {} bytes; expected fewer (an unclosed"
          " quote?)",
          path().string(), next_line_, kMaxRecordBytes);
    }
    size *= 2;
    buffer_.resize(size + CsvMarks::kBlockBytes);
  }
  const size_t got = reader_.read(buffer_.data() + end_, size - end_);
  dialect_.encoding = reader_.encoding();
  end_ += got;
  file_ended_ = got == 0;
  return got != 0;
}

/// Passes over the comment line that begins at begin_, unless it is a row.
/// @param at  position of the comment character
CsvRecords::Comment CsvRecords::skip_comment(size_t at) {
  const size_t indent = at - begin_;
  const void* newline = std::memchr(buffer_.data() + begin_, dialect_.newline, end_ - begin_);
  if (newline == nullptr && !file_ended_) return Comment::cut;
  const size_t end = newline != nullptr
                         ? static_cast<size_t>(static_cast<const char*>(newline) - buffer_.data())
                         : end_;
  if (comments_may_be_rows_ && width_ != 0) {
    const std::string_view text(buffer_.data() + begin_ + indent, end - begin_ - indent);
    const bool is_word = text.find(' ') == std::string_view::npos;
    if (sample_fields(text, dialect_).size() == width_ && (width_ > 1 || is_word)) {
      return Comment::row;
    }
  }
  begin_ = std::min(end + 1, end_);
  ++next_line_;
  return Comment::skipped;
}

CsvRecords::Found CsvRecords::skip_to_record() {
  for (;;) {
    size_t at = begin_;
    while (at < end_ && (buffer_[at] == ' ' || buffer_[at] == '\r' ||
                         (buffer_[at] == '\t' && dialect_.separator == ' '))) {
      if (buffer_[at] == dialect_.newline) break;
      ++at;
    }
    if (at == end_) return file_ended_ ? Found::end : Found::cut;
    if (buffer_[at] == dialect_.newline) {
      begin_ = at + 1;
      ++next_line_;
    } else if (dialect_.comment && buffer_[at] == *dialect_.comment) {
      const Comment comment = skip_comment(at);
      if (comment == Comment::cut) return Found::cut;
      if (comment == Comment::row) return Found::record;
    } else {
      return Found::record;
    }
  }
}

void CsvRecords::add_field(const char* begin, const char* end) {
  // A field of one byte in the file takes many times that in memory.
  if (fields_.size() - first_field_ == kMaxFields) {
    throw data_error("{}: line {} has more than {} fields; expected fewer; save wide data as .npy",
                     path().string(), line_, kMaxFields);
  }
  fields_.emplace_back(begin, static_cast<size_t>(end - begin));
}

/// Adds the last field of a record without quotes and passes over its line end.
void CsvRecords::finish_line(const char* field, size_t end) {
  const char* stop = buffer_.data() + end;
  if (dialect_.newline == '\n' && stop > field && stop[-1] == '\r') --stop;
  const std::string_view last = trimmed({field, static_cast<size_t>(stop - field)});
  if (dialect_.separator != ' ' || !last.empty()) add_field(last.data(), last.data() + last.size());
  begin_ = std::min(end + 1, end_);
  ++next_line_;
}

/// Splits the record at begin_ if it has no quotes.
CsvRecords::Split CsvRecords::split_plain() {
  const bool blanks = dialect_.separator == ' ';
  const char newline = dialect_.newline;
  const char quote_or_newline = dialect_.quote != 0 ? dialect_.quote : newline;
  const CsvMarks marks_in(dialect_.separator, blanks ? '\t' : dialect_.separator, newline,
                          quote_or_newline);
  const char* const text = buffer_.data();
  const char* field = text + begin_;
  for (size_t block = begin_; block < end_; block += CsvMarks::kBlockBytes) {
    uint64_t marks = marks_in(text + block);
    if (end_ - block < CsvMarks::kBlockBytes) marks &= (uint64_t{1} << (end_ - block)) - 1;
    for (; marks != 0; marks &= marks - 1) {
      const char* stop = text + block + static_cast<size_t>(std::countr_zero(marks));
      if (*stop == newline) {
        finish_line(field, static_cast<size_t>(stop - text));
        return Split::done;
      }
      if (*stop == quote_or_newline) return Split::quoted;
      if (blanks) {
        if (stop != field) add_field(field, stop);
      } else {
        const char* last = stop;
        while (field < last && (*field == ' ' || *field == '\t')) ++field;
        while (field < last && (last[-1] == ' ' || last[-1] == '\t')) --last;
        add_field(field, last);
      }
      field = stop + 1;
    }
  }
  if (!file_ended_) return Split::cut;
  finish_line(field, end_);
  return Split::done;
}

/// Reads the record that comes next, and appends its fields.
CsvRecords::Found CsvRecords::read_record() {
  const Found found = skip_to_record();
  if (found != Found::record) return found;
  first_field_ = fields_.size();
  line_ = next_line_;
  const Split split = split_plain();
  if (split == Split::done) {
    width_ = fields_.size() - first_field_;
    return Found::record;
  }
  fields_.resize(first_field_);
  Extent extent;
  if (split == Split::cut || !scan_quoted(extent)) {
    if (!file_ended_) return Found::cut;
    throw data_error("{}: line {}: a quote is opened and never closed; expected a closing quote",
                     path().string(), next_line_);
  }
  next_line_ += extent.newlines + 1;
  char* text = buffer_.data() + begin_;
  size_t n = extent.end - begin_;
  if (dialect_.newline == '\n' && n != 0 && text[n - 1] == '\r') --n;
  begin_ = std::min(extent.end + 1, end_);
  split_quoted(text, n);
  width_ = fields_.size() - first_field_;
  return Found::record;
}

bool CsvRecords::next() {
  fields_.clear();
  first_field_ = 0;
  Found found = read_record();
  for (; found == Found::cut; found = read_record()) refill();
  return found == Found::record;
}

bool CsvRecords::next_in_buffer() { return read_record() == Found::record; }

}  // namespace ae
