#include "io/formats/csv_records.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/error.h"
#include "io/formats/csv_number.h"
#include "io/quote.h"

namespace ae {
namespace {

constexpr size_t kBufferBytes = size_t{256} << 10;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

CsvRecords::CsvRecords(ByteReader reader) : reader_(std::move(reader)), buffer_(kBufferBytes) {
  char mark[kByteOrderMark.size()];
  if (reader_.peek(kByteOrderMark.size()) == kByteOrderMark) reader_.read(mark, sizeof(mark));
  const std::string_view sample = reader_.peek(ByteReader::kMaxPeek);
  separator_ = sniff_separator(sample, sample.size() < ByteReader::kMaxPeek);
}

bool CsvRecords::refill() {
  if (file_ended_) return false;
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  if (end_ == buffer_.size()) {
    if (buffer_.size() >= kMaxRecordBytes) {
      throw data_error(
          "{}: line {} begins a row of more than {} bytes; expected fewer (an unclosed"
          " quote?)",
          path().string(), next_line_, kMaxRecordBytes);
    }
    buffer_.resize(buffer_.size() * 2);
  }
  const size_t got = reader_.read(buffer_.data() + end_, buffer_.size() - end_);
  end_ += got;
  file_ended_ = got == 0;
  return got != 0;
}

bool CsvRecords::skip_blank_lines() {
  const uint64_t first_blank = next_line_;
  for (;;) {
    size_t at = begin_;
    while (at < end_ && (buffer_[at] == ' ' || buffer_[at] == '\r')) ++at;
    if (at == end_) {
      if (refill()) continue;
      return false;
    }
    if (buffer_[at] != '\n') break;
    begin_ = at + 1;
    ++next_line_;
  }
  if (next_line_ != first_blank) {
    throw data_error(
        "{}: line {} is blank, with rows after it; expected blank lines only at the"
        " end; remove it",
        path().string(), first_blank);
  }
  return true;
}

bool CsvRecords::scan_quoted(size_t from, Extent& extent) {
  extent.newlines = 0;
  size_t at = from;
  for (;;) {  // one field per iteration
    while (at < end_ && buffer_[at] == ' ') ++at;
    if (at < end_ && buffer_[at] == '"') {
      ++at;
      for (;;) {
        while (at < end_ && buffer_[at] != '"') extent.newlines += buffer_[at++] == '\n';
        // A quote at the end of the buffer may be the first of an escaped pair.
        if (at >= end_ || (at + 1 == end_ && !file_ended_)) return false;
        if (at + 1 == end_ || buffer_[at + 1] != '"') break;
        at += 2;
      }
      ++at;
    }
    while (at < end_ && buffer_[at] != separator_ && buffer_[at] != '\n') ++at;
    if (at == end_ && !file_ended_) return false;
    extent.end = at;
    if (at == end_ || buffer_[at] == '\n') return true;
    ++at;
  }
}

CsvRecords::Extent CsvRecords::find_end() {
  Extent extent;
  for (;;) {
    const char* start = buffer_.data() + begin_;
    const size_t held = end_ - begin_;
    const void* newline = std::memchr(start, '\n', held);
    const size_t n =
        newline != nullptr ? static_cast<size_t>(static_cast<const char*>(newline) - start) : held;
    if (std::memchr(start, '"', n) != nullptr) {
      extent.quoted = true;
      if (scan_quoted(begin_, extent)) return extent;
    } else if (newline != nullptr || file_ended_) {
      extent.end = begin_ + n;
      return extent;
    }
    if (!refill() && extent.quoted && !scan_quoted(begin_, extent)) {
      throw data_error("{}: line {}: a quote is opened and never closed; expected a closing quote",
                       path().string(), next_line_);
    }
  }
}

void CsvRecords::add_field(std::string_view field) {
  // A field of one byte in the file takes many times that in memory.
  if (fields_.size() == kMaxFields) {
    throw data_error("{}: line {} has more than {} fields; expected fewer; save wide data as .npy",
                     path().string(), line_, kMaxFields);
  }
  fields_.push_back(field);
}

void CsvRecords::split_plain(char* text, size_t n) {
  const char* at = text;
  const char* end = text + n;
  for (;;) {
    const void* found = std::memchr(at, separator_, static_cast<size_t>(end - at));
    const char* stop = found != nullptr ? static_cast<const char*>(found) : end;
    add_field(trimmed({at, static_cast<size_t>(stop - at)}));
    if (found == nullptr) break;
    at = stop + 1;
  }
}

void CsvRecords::split_quoted(char* text, size_t n) {
  char* at = text;
  char* const end = text + n;
  for (;;) {
    char* start = at;
    while (start < end && *start == ' ') ++start;
    char* stop = nullptr;
    if (start < end && *start == '"') {
      // Unescaping shortens, so it is done in place.
      char* out = ++start;
      for (at = start; *at != '"' || (at + 1 < end && at[1] == '"'); ++at) {
        if (*at == '"') ++at;
        *out++ = *at;
      }
      ++at;
      stop = std::find(at, end, separator_);
      const std::string_view rest = trimmed({at, static_cast<size_t>(stop - at)});
      if (!rest.empty()) {
        throw data_error(
            "{}: line {}: {} follows a closing quote; expected a separator or the end of"
            " the line; double a quote that belongs to the text",
            path().string(), line_, quote(rest));
      }
      add_field({start, static_cast<size_t>(out - start)});
    } else {
      stop = std::find(at, end, separator_);
      add_field(trimmed({at, static_cast<size_t>(stop - at)}));
    }
    if (stop == end) break;
    at = stop + 1;
  }
}

bool CsvRecords::next() {
  fields_.clear();
  if (!skip_blank_lines()) return false;
  const Extent extent = find_end();
  line_ = next_line_;
  next_line_ += extent.newlines + 1;
  char* text = buffer_.data() + begin_;
  size_t n = extent.end - begin_;
  if (n != 0 && text[n - 1] == '\r') --n;
  begin_ = std::min(extent.end + 1, end_);
  if (extent.quoted) {
    split_quoted(text, n);
  } else {
    split_plain(text, n);
  }
  return true;
}

}  // namespace ae
