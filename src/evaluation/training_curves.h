#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "report/page/page.h"

namespace ae {

/// Section with a chart of each metric over the epochs, a curve for each split, from the lines of
/// metrics.jsonl. Metrics that equal one drawn before in all their values are left out.
/// @param step  updates of the checkpoint that is marked in the chart of the loss; null for none
/// @throws Error(data) if the file cannot be read
PageSection training_curves(const std::filesystem::path& metrics, std::optional<int64_t> step);

}  // namespace ae
