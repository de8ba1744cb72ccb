#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/sizes.h"
#include "data/preprocessing.h"

namespace ae {

/// How the encoder takes missing values (NaN).
struct GapInfo {
  at::Tensor fill;                 ///< [D] what the encoder sees in their place
  std::vector<int64_t> indicated;  ///< features with an input that tells that they are missing
};

/// Shape of the input data, for building a model.
struct InputInfo {
  std::vector<int64_t> shape;        ///< shape of one row: {D}, {C, L} or {C, H, W}
  int64_t classes = 0;               ///< label classes of a conditional model; otherwise 0
  at::Tensor mean;                   ///< [D] mean of the scaled training rows; undefined if unknown
  std::vector<FeatureGroup> groups;  ///< types of the features; empty if all are numeric
  std::optional<GapInfo> gaps;       ///< if values may be missing
  std::shared_ptr<const InputInfo> target = nullptr;  ///< of what the decoder gives; null if that
                                                      ///< is the input
  std::vector<std::string> names = {};                ///< of the features; empty if they have none

  const InputInfo& output() const { return target ? *target : *this; }
  /// True if some features are booleans or categories.
  bool has_categories() const {
    return std::any_of(groups.begin(), groups.end(),
                       [](const FeatureGroup& group) { return group.type != ColumnType::numeric; });
  }

  /// Number of values per row.
  int64_t width() const { return checked_element_count(shape); }
};

/// What a model needs to know of the data, but for their mean.
InputInfo input_of(const Preprocessing& preprocessing);

}  // namespace ae
