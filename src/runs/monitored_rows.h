#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "data/splits.h"
#include "engine/training_engine.h"

namespace ae {

/// Some rows of the reported set, run through the model as it is at the moment of a call, and
/// samples from its prior: for pictures and histograms while training goes and at its end.
class MonitoredRows {
 public:
  /// The arguments must outlive this. @param seed  of corruption and samples
  MonitoredRows(const Splits& splits, TrainingEngine& engine, uint64_t seed);

  /// False if rows of the data's shape cannot be drawn.
  bool can_draw() const;
  /// PNG file of at most `most` targets, 16 in a line.
  std::string inputs(int64_t most) const;
  /// PNG file: each target above what the encoder saw, if that is something else, and its
  /// reconstruction.
  std::string reconstructions(int64_t most) const;
  /// PNG file of decoded samples from the prior; empty if the model has none.
  std::string samples(int64_t count) const;
  /// Codes of at most `most` rows. [n, Z] on the CPU
  at::Tensor codes(int64_t most) const;

 private:
  struct Rows;
  Rows rows(int64_t most) const;

  const Splits& splits_;
  TrainingEngine& engine_;
  uint64_t seed_;
};

}  // namespace ae
