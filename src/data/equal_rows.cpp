#include "data/equal_rows.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <span>

#include "io/hash.h"
#include "kernels/tensor_jobs.h"

namespace ae {
namespace {

/// Rows of a set by the hash of their bytes.
class HashedRows {
 public:
  explicit HashedRows(const RowSet& set)
      : rows_(static_cast<const std::byte*>(set.data->rows.const_data_ptr())),
        bytes_(static_cast<size_t>(set.data->rows.stride(0) * set.data->rows.element_size())),
        all_(static_cast<size_t>(set.count())) {
    constexpr size_t kRowsOfJob = 4096;
    const size_t jobs = (all_.size() + kRowsOfJob - 1) / kRowsOfJob;
    run_tensor_jobs(jobs, at::get_num_threads(), [&](size_t job) {
      const size_t first = job * kRowsOfJob;
      for (size_t i = first; i < std::min(all_.size(), first + kRowsOfJob); ++i) {
        const std::byte* row = rows_ + static_cast<size_t>(set.rows[i]) * bytes_;
        all_[i] = {hash_of(row, bytes_), row};
      }
    });
  }

  void sort() { std::ranges::sort(all_, {}, &Row::hash); }

  /// Rows that equal one that comes earlier in sorted order. Of rows that differ under one hash
  /// only neighbours are compared: as good as never.
  int64_t repeated() const {
    int64_t count = 0;
    for (size_t i = 1; i < all_.size(); ++i) count += are_equal(all_[i - 1], all_[i]) ? 1 : 0;
    return count;
  }

  /// Rows of another set that equal one of this, which is sorted.
  int64_t shared_with(const HashedRows& others) const {
    if (bytes_ != others.bytes_) return 0;
    return std::ranges::count_if(others.all_, [&](const Row& other) {
      const auto equal = std::ranges::equal_range(all_, other.hash, {}, &Row::hash);
      return std::ranges::any_of(equal, [&](const Row& row) { return are_equal(row, other); });
    });
  }

 private:
  struct Row {
    uint64_t hash = 0;
    const std::byte* bytes = nullptr;
  };

  bool are_equal(const Row& a, const Row& b) const {
    return a.hash == b.hash && std::memcmp(a.bytes, b.bytes, bytes_) == 0;
  }

  const std::byte* rows_;
  size_t bytes_;
  std::vector<Row> all_;
};

}  // namespace

EqualRows find_equal_rows(const Splits& splits) {
  EqualRows found;
  HashedRows train(splits.train);
  train.sort();
  found.repeated = train.repeated();
  const std::pair<const char*, const std::optional<RowSet>*> held_out[] = {
      {"validation", &splits.validation}, {"test", &splits.test}};
  for (const auto& [name, set] : held_out) {
    if (!*set || (*set)->data->rows.scalar_type() != splits.train.data->rows.scalar_type()) {
      continue;
    }
    found.shared.push_back({name, train.shared_with(HashedRows(**set)), (*set)->count()});
  }
  return found;
}

std::vector<std::vector<std::string>> equal_columns(const std::vector<ColumnSummary>& columns) {
  std::map<std::pair<uint64_t, ColumnType>, std::vector<std::string>> by_hash;
  for (const ColumnSummary& column : columns) {
    if (!column.is_constant()) by_hash[{column.hash, column.type}].push_back(column.name);
  }
  std::vector<std::vector<std::string>> equal;
  for (auto& [hash, names] : by_hash) {
    if (names.size() > 1) equal.push_back(std::move(names));
  }
  std::ranges::sort(equal);
  return equal;
}

std::vector<std::pair<std::string, int64_t>> label_counts(const Labels& labels,
                                                          std::span<const int64_t> rows) {
  std::vector<std::pair<std::string, int64_t>> order;
  if (labels.values.empty()) return order;
  std::map<int64_t, std::pair<int64_t, int64_t>> counts;  // and a row with the label
  for (const int64_t row : rows) {
    auto& [count, example] = counts[labels.values[static_cast<size_t>(row)]];
    ++count;
    example = row;
  }
  for (const auto& [label, found] : counts) {
    order.emplace_back(labels.text(found.second), found.first);
  }
  std::ranges::stable_sort(order, [](const auto& a, const auto& b) { return a.second > b.second; });
  return order;
}

}  // namespace ae
