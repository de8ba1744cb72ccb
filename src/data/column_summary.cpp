#include "data/column_summary.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/error.h"
#include "kernels/tensor_jobs.h"

namespace ae {
namespace {

constexpr int64_t kMaxColumns = 4096;  // wider rows are signals, not tables
constexpr size_t kRowsOfArray = 1000;
constexpr double kGap = std::numeric_limits<double>::quiet_NaN();
constexpr int64_t kMinCounted = 20;  // rows from which a column is said to count up

/// Numbers by which tables mark missing values: 99, 999, 9999, … and their negatives.
bool is_usual_mark(double value) {
  const double magnitude = std::abs(value);
  return magnitude == 99 || magnitude == 999 || magnitude == 9999 || magnitude == 99999 ||
         magnitude == 999999;
}

/// Hash of a column and one more value.
uint64_t next_hash(uint64_t hash, double value) {
  hash = (hash ^ std::bit_cast<uint64_t>(value)) * 0x9e3779b97f4a7c15U;
  return hash ^ hash >> 29;
}

/// Statistics of a column as its values come, a block of rows at a time.
class Summarizer {
 public:
  explicit Summarizer(ColumnSummary& column) : column_(column) {}

  /// @param values  of row 0, from which those of the next follow after `stride` elements
  /// @param rows    numbers in the file, of which others may be held out
  template <class T>
  void add(const T* values, size_t stride, double offset, std::span<const int64_t> rows) {
    if (column_.type != ColumnType::numeric) count_categories(values, stride, rows);
    Sums sums = sums_;  // in registers
    Block block;
    for (const int64_t row : rows) {
      const double value = static_cast<double>(values[static_cast<size_t>(row) * stride]) + offset;
      if (std::isnan(value)) {
        sums.hash = next_hash(sums.hash, kGap);
        continue;
      }
      const bool is_first = sums.values + block.values == 0;
      // Squares of distances from 0 might leave nothing of the spread.
      if (is_first) sums.mean = value;
      const double from_mean = value - sums.mean;
      block.sum += from_mean;
      block.squares += from_mean * from_mean;
      sums.low = std::min(sums.low, value);
      sums.high = std::max(sums.high, value);
      if (is_usual_mark(value) && (sums.sentinels == 0 || value == sums.sentinel)) {
        sums.sentinel = value;
        ++sums.sentinels;
      } else {
        sums.other_low = std::min(sums.other_low, value);
        sums.other_high = std::max(sums.other_high, value);
      }
      if (sums.whole) sums.whole = value == std::round(value);
      const double first_number = value - static_cast<double>(row);
      if (!is_first) {
        sums.rises = sums.rises && value >= sums.last;
        sums.counts = sums.counts && first_number == sums.first_number;
      }
      sums.hash = next_hash(sums.hash, value);
      sums.first_number = first_number;
      sums.last = value;
      ++block.values;
    }
    sums_ = sums;
    column_.gaps += std::ssize(rows) - block.values;
    merge(block);
  }

  void finish() {
    const double width = sums_.other_high - sums_.other_low;
    const bool far =
        sums_.sentinel < sums_.other_low - width || sums_.sentinel > sums_.other_high + width;
    if (sums_.sentinels >= 2 && far) {
      column_.sentinel = sums_.sentinel;
      column_.sentinels = sums_.sentinels;
    }
    column_.values = sums_.values;
    column_.mean = sums_.mean;
    column_.spread =
        std::sqrt(sums_.squares / static_cast<double>(std::max<int64_t>(sums_.values, 1)));
    column_.low = sums_.low;
    column_.high = sums_.high;
    column_.hash = sums_.hash;
    column_.whole = sums_.whole;
    const bool enough = column_.type == ColumnType::numeric && sums_.values >= kMinCounted;
    column_.counts = sums_.counts && enough;
    column_.rises = sums_.rises && enough;
  }

 private:
  struct Sums {
    int64_t values = 0;
    double mean = 0;
    double squares = 0;  // of the distances from the mean
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();
    double sentinel = 0;
    int64_t sentinels = 0;
    // Of the values other than the sentinel.
    double other_low = std::numeric_limits<double>::infinity();
    double other_high = -std::numeric_limits<double>::infinity();
    uint64_t hash = 0;
    double first_number = 0;
    double last = 0;
    bool whole = true;
    bool rises = true;
    bool counts = true;
  };
  /// Sums of distances from the mean of the values before the block.
  struct Block {
    int64_t values = 0;
    double sum = 0;
    double squares = 0;
  };

  /// Source: Chan, Golub and LeVeque 1983.
  void merge(const Block& block) {
    if (block.values == 0) return;
    const auto before = static_cast<double>(sums_.values);
    const auto count = static_cast<double>(block.values);
    const double shift = block.sum / count;
    sums_.squares += block.squares - block.sum * shift;
    sums_.squares += shift * shift * before * count / (before + count);
    sums_.mean += block.sum / (before + count);
    sums_.values += block.values;
  }

  template <class T>
  void count_categories(const T* values, size_t stride, std::span<const int64_t> rows) {
    for (const int64_t row : rows) {
      const auto value = static_cast<double>(values[static_cast<size_t>(row) * stride]);
      if (std::isnan(value)) continue;
      const auto code = static_cast<size_t>(value);
      column_.frequencies.resize(std::max(column_.frequencies.size(), code + 1));
      ++column_.frequencies[code];
    }
  }

  ColumnSummary& column_;
  Sums sums_;
};

template <class T>
void summarize(const Dataset& data, std::span<const int64_t> rows, double offset,
               std::vector<ColumnSummary>& columns) {
  constexpr size_t kRowsOfBlock = 256;
  constexpr size_t kColumnsAtOnce = 16;  // whole cache lines of a row
  std::vector<Summarizer> summarizers(columns.begin(), columns.end());
  const T* values = data.rows.const_data_ptr<T>();
  const size_t jobs = (columns.size() + kColumnsAtOnce - 1) / kColumnsAtOnce;
  run_tensor_jobs(jobs, at::get_num_threads(), [&](size_t job) {
    const size_t first = job * kColumnsAtOnce;
    const size_t end = std::min(columns.size(), first + kColumnsAtOnce);
    for (size_t row = 0; row < rows.size(); row += kRowsOfBlock) {
      const auto block = rows.subspan(row, std::min(kRowsOfBlock, rows.size() - row));
      for (size_t i = first; i < end; ++i) {
        summarizers[i].add(values + i, columns.size(), offset, block);
      }
    }
    for (size_t i = first; i < end; ++i) summarizers[i].finish();
  });
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
