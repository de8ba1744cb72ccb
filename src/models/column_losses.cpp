#include "models/column_losses.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "io/formats/column_match.h"
#include "io/quote.h"

namespace ae {
namespace {

/// Numeric features, which come before all others.
int64_t numeric_features(const InputInfo& output) {
  if (output.groups.empty()) return output.width();
  const FeatureGroup& first = output.groups.front();
  return first.type == ColumnType::numeric ? first.count : 0;
}

std::vector<std::string> numeric_names(const InputInfo& output) {
  const auto count = static_cast<size_t>(numeric_features(output));
  std::vector<std::string> names = output.names;
  for (size_t i = names.size(); i < count; ++i) names.push_back(fmt::format("value_{}", i));
  names.resize(count);
  return names;
}

}  // namespace

std::vector<ColumnLoss> column_losses(const ReconstructionPart& part, const InputInfo& output) {
  const std::vector<std::string> names = numeric_names(output);
  std::vector<bool> taken(names.size(), false);
  std::vector<ColumnLoss> losses;
  const auto take = [&](size_t feature, ColumnLoss& loss) {
    if (taken[feature]) {
      throw usage_error(
          "objective.reconstruction.by_column: {} is named twice; expected one loss for each "
          "column",
          quote(names[feature]));
    }
    taken[feature] = true;
    loss.features.push_back(static_cast<int64_t>(feature));
  };
  for (const auto& own : part.by_column.value_or(std::vector<ColumnReconstructionPart>())) {
    ColumnLoss& loss = losses.emplace_back(ColumnLoss{own.share(), own.type(), {}});
    for (const std::string& wanted : own.columns) {
      const std::vector<size_t> matching = columns_named(wanted, names);
      if (matching.empty()) {
        throw usage_error(
            "objective.reconstruction.by_column: there is no numeric column {}{}; there are: {}",
            quote(wanted), did_you_mean(wanted, names), names_listing(names));
      }
      for (const size_t feature : matching) take(feature, loss);
    }
    std::sort(loss.features.begin(), loss.features.end());
  }
  ColumnLoss others{part.share(), part.type(), {}};
  for (size_t feature = 0; feature < names.size(); ++feature) {
    if (!taken[feature]) others.features.push_back(static_cast<int64_t>(feature));
  }
  if (!others.features.empty()) losses.insert(losses.begin(), std::move(others));
  return losses;
}

bool is_of_counts(const ColumnLoss& loss) {
  return loss.spec->domain().whole && loss.spec->has_link() && !loss.spec->couples_features();
}

}  // namespace ae
