#include "evaluation/anomaly_labels.h"

#include <algorithm>
#include <set>

namespace ae {

std::optional<AnomalyLabels> anomaly_labels(const RowSet& set, const RowSet& train) {
  if (!set.has_labels()) return std::nullopt;
  const std::vector<int64_t> labels = set.labels();
  std::set<int64_t> known;
  if (train.has_labels()) {
    for (const int64_t label : train.labels()) known.insert(label);
  }
  const auto is_binary = [](const auto& values) {
    return std::ranges::all_of(values, [](int64_t label) { return label == 0 || label == 1; });
  };
  const bool has_new = !known.empty() && !std::ranges::all_of(labels, [&](int64_t label) {
    return known.contains(label);
  });
  if (!has_new && !(is_binary(labels) && set.data->labels.names.empty())) return std::nullopt;
  AnomalyLabels found{{}, has_new ? "labels that no training row has" : "label 1"};
  for (const int64_t label : labels) {
    found.rows.push_back(has_new ? !known.contains(label) : label == 1);
  }
  const auto count = std::count(found.rows.begin(), found.rows.end(), true);
  if (count == 0 || count == static_cast<int64_t>(found.rows.size())) return std::nullopt;
  return found;
}

}  // namespace ae
