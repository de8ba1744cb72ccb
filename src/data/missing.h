#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "config/part.h"
#include "io/formats/rows.h"

namespace ae {

/// Treatment of missing values, from the config.
class MissingSpec {
 public:
  virtual ~MissingSpec() = default;
  virtual void visit(OptionVisitor& /*visitor*/) {}
  /// True if a missing value is an error.
  virtual bool refuses() const { return false; }
  /// True if missing values stay missing: left out of the loss, and known to the encoder as such.
  virtual bool masks() const { return false; }
  /// True if the encoder is told by a further input which values are missing.
  virtual bool has_indicator() const { return false; }
  /// True if missing values are replaced by fill().
  bool fills() const { return !refuses() && !masks(); }
  /// The value for a numeric column, if fills().
  /// @param sorted  its values in the training rows, in ascending order
  virtual double fill(std::span<const double> sorted) const = 0;

  static std::span<const PartEntry<MissingSpec>> table();
};

/// The option `data.missing`.
class MissingPart : public Part<MissingSpec> {
 public:
  MissingPart() : Part("refuse") {}
  void visit_shared(const std::string& type, OptionVisitor& visitor) override;
  Gaps gaps() const { return (**this).refuses() ? Gaps::refuse : Gaps::deliver; }

  std::vector<std::string> values;  ///< texts of missing values; empty for the usual ones
  bool unknown_categories = false;  ///< an unknown category is a missing value
};

/// The most frequent of values in ascending order; of several the least.
double most_frequent(std::span<const double> sorted);

}  // namespace ae
