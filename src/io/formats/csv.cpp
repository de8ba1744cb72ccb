#include "io/formats/csv.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "io/formats/csv_cells.h"
#include "io/formats/csv_columns.h"
#include "io/formats/csv_conversion.h"
#include "io/formats/csv_labels.h"
#include "io/formats/csv_records.h"
#include "io/formats/csv_types.h"
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

/// Records that are read ahead to find the header and the types of columns.
constexpr size_t kSampleRecords = 1000;
constexpr size_t kSampleBytes = size_t{4} << 20;
constexpr size_t kFewestSampleRecords = 3;  // however long they are: a header and two rows

class CsvRows : public RowReader {
 public:
  CsvRows(ByteReader reader, RowRequest request) : records_(std::move(reader), request.dialect) {
    request.dialect.decimal = records_.dialect().decimal;
    if (records_.header_is_comment()) {
      if (request.header == Header::absent) records_.next();
      if (request.header == Header::automatic) request.header = Header::present;
    }
    size_t bytes = 0;
    const auto wants_more = [&] {
      if (pending_.size() < kFewestSampleRecords) return true;
      return pending_.size() < kSampleRecords && bytes < kSampleBytes;
    };
    while (wants_more() && records_.next()) {
      pending_.push_back(copy_of(records_));
      for (const std::string& field : pending_.back().fields) bytes += field.size() + sizeof(field);
    }
    if (pending_.empty()) fail_without_rows();
    const auto second = pending_.size() > 1 ? std::optional(pending_[1]) : std::nullopt;
    columns_ = csv_columns(records_.path(), pending_[0], second, request);
    if (columns_.has_header) pending_.erase(pending_.begin());
    if (pending_.empty()) fail_without_rows();
    describe(request);
    cells_.emplace(info_.table, request, records_.dialect());
    conversion_.emplace(*cells_, columns_.data, info_.table, request.threads);
    texts_.resize(columns_.texts.size());
  }

  const RowInfo& info() const override { return info_; }
  const std::vector<std::string>& labels() const override { return labels_; }
  const std::vector<std::vector<std::string>>& texts() const override { return texts_; }
  std::optional<uint64_t> first_line() const override { return first_line_; }

  int64_t read(int64_t max_rows, void* out) override {
    return info_.dtype == DType::float64 ? read_rows(max_rows, static_cast<double*>(out))
                                         : read_rows(max_rows, static_cast<float*>(out));
  }

 private:
  [[noreturn]] void fail_without_rows() const {
    throw data_error("{}: holds no rows; expected at least one below the header",
                     records_.path().string());
  }

  void describe(const RowRequest& request) {
    info_.shape = {static_cast<int64_t>(columns_.data.size())};
    info_.columns = columns_.data_names();
    info_.all_columns = columns_.names;
    for (const size_t column : columns_.data) {
      info_.column_numbers.push_back(static_cast<int64_t>(column) + 1);
    }
    info_.has_header = columns_.has_header;
    info_.text_columns = columns_.text_names;
    info_.dialect = dialect_text(records_.dialect());
    info_.table = table_columns(records_.path(), columns_, pending_, request.table,
                                records_.dialect().decimal);
    const bool numbers =
        std::all_of(info_.table.begin(), info_.table.end(),
                    [](const auto& column) { return column.type == ColumnType::numeric; });
    const bool wide =
        request.delivery.is_wide() || (request.table.wide_if_named && columns_.has_header);
    info_.dtype = numbers && !wide ? DType::float32 : DType::float64;
  }

  template <class T>
  int64_t read_rows(int64_t max_rows, T* out) {
    labels_.clear();
    for (auto& texts : texts_) texts.clear();
    const int64_t first = row_;
    while (row_ - first < max_rows && gather(static_cast<size_t>(first + max_rows - row_))) {
      deliver(out + (row_ - first) * static_cast<int64_t>(columns_.data.size()));
      row_ += static_cast<int64_t>(lines_.size());
    }
    return row_ - first;
  }

  /// Gathers the rows that come next, as many as lie in the buffer, at most `limit`.
  /// @return false at the end
  bool gather(size_t limit) {
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
    lines_.clear();
    try {
      if (next_pending_ < pending_.size()) {
        gather_pending(limit);
      } else if (records_.next()) {
        do {
          check_width(records_.fields().size(), records_.line());
          lines_.push_back(records_.line());
        } while (lines_.size() < limit && records_.next_in_buffer());
      }
    } catch (const Error&) {
      if (lines_.empty()) throw;
      error_ = std::current_exception();  // the rows before it may have an error themselves
    }
    return !lines_.empty();
  }

  void gather_pending(size_t limit) {
    pending_fields_.clear();
    for (; next_pending_ < pending_.size() && lines_.size() < limit; ++next_pending_) {
      const CsvRecord& record = pending_[next_pending_];
      check_width(record.fields.size(), record.line);
      pending_fields_.insert(pending_fields_.end(), record.fields.begin(), record.fields.end());
      lines_.push_back(record.line);
    }
  }

  void check_width(size_t fields, uint64_t line) const {
    if (fields == columns_.names.size()) return;
    throw data_error("{}: {} has {} fields; expected {}, as in the first line",
                     records_.path().string(), at(lines_.size(), line), fields,
                     columns_.names.size());
  }

  /// Delivers the gathered rows.
  template <class T>
  void deliver(T* out) {
    const size_t width = columns_.names.size();
    const auto all = pending_fields_.empty() ? records_.all_fields() : pending_fields_;
    const auto fields = all.first(lines_.size() * width);
    const auto failure = conversion_->convert(fields, width, out);
    for (size_t row = 0; row < lines_.size(); ++row) {
      note_line(row);
      if (failure && failure->row == row) fail(*failure, fields);
      deliver_texts(row, fields.subspan(row * width, width));
    }
    if (next_pending_ < pending_.size() || pending_.empty()) return;
    std::vector<CsvRecord>().swap(pending_);
    pending_fields_.clear();
    next_pending_ = 0;
  }

  [[noreturn]] void fail(const CsvConversion::Failure& failure,
                         std::span<const std::string_view> fields) const {
    const size_t column = columns_.data[failure.column];
    const std::string_view cell = fields[failure.row * columns_.names.size() + column];
    throw data_error("{}: {}, column {}: {}", records_.path().string(),
                     at(failure.row, lines_[failure.row]), quote(columns_.names[column]),
                     cells_->explain(failure.column, cell, failure.problem));
  }

  /// @param row  of the gathered rows
  void note_line(size_t row) {
    const auto number = static_cast<uint64_t>(row_) + row;
    if (number == 0) first_line_ = lines_[row];
    if (first_line_ && lines_[row] != *first_line_ + number) first_line_.reset();
  }

  void deliver_texts(size_t row, std::span<const std::string_view> fields) {
    for (size_t i = 0; i < columns_.texts.size(); ++i) {
      check_csv_text(records_.path(), lines_[row], fields[columns_.texts[i]]);
      texts_[i].emplace_back(fields[columns_.texts[i]]);
    }
    if (!columns_.label) return;
    const std::string_view label = fields[*columns_.label];
    if (label.empty()) {
      throw data_error("{}: {}, column {}: empty label; expected a number or text",
                       records_.path().string(), at(row, lines_[row]),
                       quote(columns_.names[*columns_.label]));
    }
    check_csv_text(records_.path(), lines_[row], label);
    labels_.emplace_back(label);
  }

  /// A row in messages. @param row  of the gathered rows
  std::string at(size_t row, uint64_t line) const {
    const int64_t number = row_ + static_cast<int64_t>(row);
    return row_text(number, line - static_cast<uint64_t>(number));
  }

  CsvRecords records_;
  std::vector<CsvRecord> pending_;  // read ahead, not yet delivered
  size_t next_pending_ = 0;
  std::vector<std::string_view> pending_fields_;  // of those that are gathered
  std::vector<uint64_t> lines_;                   // of the gathered rows
  std::exception_ptr error_;                      // in what follows them
  CsvColumns columns_;
  RowInfo info_;
  std::optional<CsvCells> cells_;
  std::optional<CsvConversion> conversion_;
  std::vector<std::string> labels_;
  std::vector<std::vector<std::string>> texts_;
  int64_t row_ = 0;  // the first of the gathered ones
  std::optional<uint64_t> first_line_;
};

std::unique_ptr<RowReader> open_csv(ByteReader reader, const RowRequest& request) {
  return std::make_unique<CsvRows>(std::move(reader), request);
}

}  // namespace

constinit const Format kCsvFormat = {"CSV", "a text table, with or without header and gzip", is_csv,
                                     open_csv, csv_labels};

}  // namespace ae
