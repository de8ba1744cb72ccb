#include "data/equal_rows.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "io/quote.h"

namespace ae {
namespace {

/// Bytes of a row, which the dataset owns.
std::string_view bytes_of_row(const Dataset& data, int64_t row) {
  const auto bytes = static_cast<size_t>(data.rows.stride(0) * data.rows.element_size());
  return {static_cast<const char*>(data.rows.const_data_ptr()) + static_cast<size_t>(row) * bytes,
          bytes};
}

}  // namespace

EqualRows equal_rows(const Splits& splits) {
  EqualRows found;
  std::unordered_set<std::string_view> seen;
  seen.reserve(static_cast<size_t>(splits.train.count()));
  for (const int64_t row : splits.train.rows) {
    if (!seen.insert(bytes_of_row(*splits.train.data, row)).second) ++found.repeated;
  }
  const std::pair<const char*, const std::optional<RowSet>*> held_out[] = {
      {"validation", &splits.validation}, {"test", &splits.test}};
  for (const auto& [name, set] : held_out) {
    if (!*set || (*set)->data->rows.scalar_type() != splits.train.data->rows.scalar_type())
      continue;
    EqualRows::Shared shared{name, 0, (*set)->count()};
    for (const int64_t row : (*set)->rows) {
      shared.rows += seen.contains(bytes_of_row(*(*set)->data, row)) ? 1 : 0;
    }
    found.shared.push_back(shared);
  }
  return found;
}

std::string label_counts(const RowSet& set) {
  constexpr size_t kShown = 12;
  if (!set.has_labels()) return "";
  std::map<int64_t, int64_t> counts;
  for (const int64_t label : set.labels()) ++counts[label];
  std::vector<std::pair<int64_t, int64_t>> order(counts.begin(), counts.end());
  std::ranges::stable_sort(order, [](const auto& a, const auto& b) { return a.second > b.second; });
  const std::vector<std::string>& names = set.data->labels.names;
  std::vector<std::string> parts;
  for (const auto& [label, count] : order) {
    if (parts.size() == kShown) {
      parts.push_back(fmt::format("… {} labels in all", order.size()));
      break;
    }
    const std::string name =
        names.empty() ? std::to_string(label) : quote(names[static_cast<size_t>(label)]);
    parts.push_back(fmt::format("{} ({})", name, grouped(count)));
  }
  return join(parts);
}

}  // namespace ae
