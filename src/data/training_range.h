#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "io/formats/rows.h"

namespace ae {

class Features;
struct Preprocessing;
struct RowSet;

/// Range of the training rows, in the data's units, or in those of the model's features where these
/// are made of the data: one for each feature with a name, one for all values of an array, or of
/// images and signals.
struct TrainingRange {
  std::vector<double> low;   ///< of each column, or of all values; empty if not recorded
  std::vector<double> high;  ///< as many

  bool is_recorded() const { return !low.empty(); }
};

/// Range of a set's rows. @param preprocessing  of the set, without a range
TrainingRange range_of(const RowSet& set, const Preprocessing& preprocessing);

/// Compares rows with the range of the training rows, in bounded memory. A row lies outside if one
/// of its values is beyond the range by more than the range's width; the width of a column's range
/// is at least a tenth of that of all columns together.
class RangeCheck {
 public:
  explicit RangeCheck(const Preprocessing& preprocessing);

  /// @param rows   [n, D] as a RowReader with the preprocessing's offset delivers them, or the
  ///               features made of these
  /// @param first  number of the first row, for the message
  void add(const void* rows, int64_t n, DType dtype, int64_t first);
  /// One line on the rows that lie outside, with the likely cause; nullopt if there are none.
  /// @param first_line  RowReader::first_line() of the file
  std::optional<std::string> finding(const std::string& file,
                                     std::optional<uint64_t> first_line = {}) const;

 private:
  template <class T>
  void add_rows(const T* rows, int64_t n, int64_t first);
  std::string cause() const;
  std::string first_text(std::optional<uint64_t> first_line) const;

  TrainingRange range_;
  std::vector<std::string> columns_;
  std::shared_ptr<const Features> features_;
  double offset_;
  size_t width_;
  std::vector<float> low_;  // of what is inside, as the reader delivers values; as TrainingRange
  std::vector<float> high_;
  int64_t rows_ = 0;
  int64_t outside_ = 0;
  int64_t first_row_ = 0;
  size_t first_column_ = 0;
  double first_value_ = 0;
  double min_ = 0;
  double max_ = 0;
  bool has_fractions_ = false;
};

/// finding() of all rows of a set.
std::optional<std::string> outside_training_range(const RowSet& set,
                                                  const Preprocessing& preprocessing);

}  // namespace ae
