#include "data/column_summary.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace ae {
namespace {

constexpr int64_t kMaxColumns = 4096;  // wider rows are signals, not tables
constexpr size_t kRowsOfArray = 1000;
constexpr int64_t kMinCounted = 20;  // rows from which a column is said to count up

/// Numbers by which tables mark missing values: 99, 999, 9999, … and their negatives.
bool is_usual_mark(double value) {
  const double magnitude = std::abs(value);
  return magnitude == 99 || magnitude == 999 || magnitude == 9999 || magnitude == 99999 ||
         magnitude == 999999;
}

class Summarizer {
 public:
  explicit Summarizer(ColumnSummary& column) : column_(column) {}

  /// @param number  of the row in the file, of which others may be held out
  void add(double value, int64_t number) {
    if (std::isnan(value)) {
      ++column_.gaps;
      return;
    }
    if (column_.type != ColumnType::numeric) {
      const auto code = static_cast<size_t>(value);
      column_.frequencies.resize(std::max(column_.frequencies.size(), code + 1));
      ++column_.frequencies[code];
    }
    // Source: Welford 1962.
    const double before = value - column_.mean;
    column_.mean += before / static_cast<double>(column_.values + 1);
    column_.spread += before * (value - column_.mean);
    column_.low = std::min(column_.low, value);
    column_.high = std::max(column_.high, value);
    if (is_usual_mark(value) && (column_.sentinels == 0 || value == column_.sentinel)) {
      column_.sentinel = value;
      ++column_.sentinels;
    } else {
      other_low_ = std::min(other_low_, value);
      other_high_ = std::max(other_high_, value);
    }
    column_.whole = column_.whole && value == std::round(value);
    const double first_number = value - static_cast<double>(number);
    if (column_.values > 0) {
      column_.rises = column_.rises && value >= last_;
      column_.counts = column_.counts && first_number == first_number_;
    }
    first_number_ = first_number;
    last_ = value;
    ++column_.values;
  }

  void finish() {
    const double width = other_high_ - other_low_;
    const bool far =
        column_.sentinel < other_low_ - width || column_.sentinel > other_high_ + width;
    if (column_.sentinels < 2 || !far) {
      column_.sentinel = 0;
      column_.sentinels = 0;
    }
    column_.spread =
        std::sqrt(column_.spread / static_cast<double>(std::max<int64_t>(column_.values, 1)));
    const bool enough = column_.type == ColumnType::numeric && column_.values >= kMinCounted;
    column_.counts = column_.counts && enough;
    column_.rises = column_.rises && enough;
  }

 private:
  ColumnSummary& column_;
  double first_number_ = 0;
  double last_ = 0;
  // Of the values other than the sentinel.
  double other_low_ = std::numeric_limits<double>::infinity();
  double other_high_ = -std::numeric_limits<double>::infinity();
};

template <class T>
void summarize(const Dataset& data, std::span<const int64_t> rows, double offset,
               std::vector<ColumnSummary>& columns) {
  std::vector<Summarizer> summarizers(columns.begin(), columns.end());
  const T* values = data.rows.const_data_ptr<T>();
  for (const int64_t row : rows) {
    const T* at = values + static_cast<size_t>(row) * columns.size();
    for (Summarizer& column : summarizers) {
      column.add(static_cast<double>(*at++) + offset, row);
    }
  }
  for (Summarizer& column : summarizers) column.finish();
}

}  // namespace

std::vector<ColumnSummary> summarize_columns(const Dataset& data, std::span<const int64_t> rows,
                                             double offset) {
  const RowInfo& info = data.info;
  if (info.bytes || info.shape.size() != 1 || info.width() > kMaxColumns) return {};
  std::vector<ColumnSummary> columns(static_cast<size_t>(info.width()));
  for (size_t i = 0; i < columns.size(); ++i) {
    if (i < info.table.size()) {
      columns[i].name = info.table[i].name;
      columns[i].type = info.table[i].type;
    } else {
      columns[i].name = std::to_string(i);
    }
  }
  if (!info.has_header) rows = rows.first(std::min(rows.size(), kRowsOfArray));
  if (info.dtype == DType::float64) {
    summarize<double>(data, rows, offset, columns);
  } else {
    summarize<float>(data, rows, offset, columns);
  }
  return columns;
}

}  // namespace ae
