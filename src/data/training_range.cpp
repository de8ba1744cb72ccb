#include "data/training_range.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "data/splits.h"

namespace ae {
namespace {

constexpr double kLeastShare = 0.1;  // of the pooled width, for a column's width
constexpr double kByteMax = 255;

/// Calls `use` with the values of the set's dataset in their type.
template <class Use>
void with_values(const RowSet& set, Use use) {
  if (set.data->info.dtype == DType::uint8) {
    use(set.data->rows.const_data_ptr<uint8_t>());
  } else {
    use(set.data->rows.const_data_ptr<float>());
  }
}

/// Least and greatest value, found side by side so that the loop is vectorised.
template <class T>
std::pair<float, float> extremes(const T* values, size_t n) {
  constexpr size_t kLanes = 16;
  std::array<T, kLanes> least;
  std::array<T, kLanes> greatest;
  least.fill(values[0]);
  greatest.fill(values[0]);
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) {
      const T value = values[i + lane];
      least[lane] = value < least[lane] ? value : least[lane];
      greatest[lane] = value > greatest[lane] ? value : greatest[lane];
    }
  }
  for (; i < n; ++i) {
    least[0] = std::min(least[0], values[i]);
    greatest[0] = std::max(greatest[0], values[i]);
  }
  return {static_cast<float>(*std::min_element(least.begin(), least.end())),
          static_cast<float>(*std::max_element(greatest.begin(), greatest.end()))};
}

/// Digits that tell values of a range apart: those near a large offset begin alike.
int digits_for(double low, double high) {
  const double magnitude = std::max(std::abs(low), std::abs(high));
  if (!(high > low) || magnitude == 0) return 6;
  return std::clamp(static_cast<int>(std::ceil(std::log10(magnitude / (high - low)))) + 4, 6, 15);
}

template <class T>
bool any_outside(const T* values, const float* low, const float* high, size_t n) {
  unsigned outside = 0;  // without a branch, so that the loop is vectorised
  for (size_t i = 0; i < n; ++i) {
    const auto value = static_cast<float>(values[i]);
    outside |= static_cast<unsigned>(value < low[i]) | static_cast<unsigned>(value > high[i]);
  }
  return outside != 0;
}

}  // namespace

TrainingRange range_of(const RowSet& set, const Preprocessing& preprocessing) {
  const auto width = static_cast<size_t>(set.data->info.width());
  const bool by_column = !preprocessing.feature_names().empty() && preprocessing.shape.size() == 1;
  std::vector<float> low(by_column ? width : 1, std::numeric_limits<float>::infinity());
  std::vector<float> high(low.size(), -std::numeric_limits<float>::infinity());
  const size_t step = by_column ? 1 : 0;
  with_values(set, [&](const auto* values) {
    for (const int64_t row : set.rows) {
      const auto* at = values + static_cast<size_t>(row) * width;
      for (size_t i = 0; i < width; ++i) {
        const auto value = static_cast<float>(at[i]);
        low[i * step] = std::min(low[i * step], value);
        high[i * step] = std::max(high[i * step], value);
      }
    }
  });
  TrainingRange range;
  for (size_t i = 0; i < low.size(); ++i) {
    range.low.push_back(low[i] + preprocessing.reading_offset);
    range.high.push_back(high[i] + preprocessing.reading_offset);
  }
  return range;
}

RangeCheck::RangeCheck(const Preprocessing& preprocessing)
    : range_(preprocessing.range),
      columns_(preprocessing.feature_names()),
      features_(preprocessing.features),
      offset_(preprocessing.reading_offset),
      width_(static_cast<size_t>(preprocessing.width())) {
  const TrainingRange& range = range_;
  if (!range.is_recorded()) return;
  const double pooled = *std::max_element(range.high.begin(), range.high.end()) -
                        *std::min_element(range.low.begin(), range.low.end());
  for (size_t i = 0; i < range.low.size(); ++i) {
    const double margin = std::max(range.high[i] - range.low[i], kLeastShare * pooled);
    low_.push_back(static_cast<float>(range.low[i] - margin - offset_));
    high_.push_back(static_cast<float>(range.high[i] + margin - offset_));
  }
}

template <class T>
void RangeCheck::add_rows(const T* rows, int64_t n, int64_t first) {
  const bool pooled = low_.size() == 1;
  for (int64_t row = 0; row < n; ++row, rows += width_) {
    const auto [least, greatest] = extremes(rows, width_);
    const bool outside = pooled ? least < low_[0] || greatest > high_[0]
                                : any_outside(rows, low_.data(), high_.data(), width_);
    if (!has_fractions_ && !std::is_integral_v<T>) {
      has_fractions_ = std::any_of(rows, rows + width_,
                                   [](T x) { return static_cast<float>(x) != std::round(x); });
    }
    min_ = rows_ == 0 ? least : std::min<double>(min_, least);
    max_ = rows_ == 0 ? greatest : std::max<double>(max_, greatest);
    if (outside && outside_++ == 0) {
      first_row_ = first + row;
      const auto is_inside = [&](size_t i) {
        const size_t of = pooled ? 0 : i;
        return rows[i] >= low_[of] && rows[i] <= high_[of];
      };
      first_column_ = 0;
      while (is_inside(first_column_)) ++first_column_;
      first_value_ = rows[first_column_] + offset_;
    }
    ++rows_;
  }
}

void RangeCheck::add(const void* rows, int64_t n, DType dtype, int64_t first) {
  if (low_.empty()) return;
  if (dtype == DType::uint8) {
    add_rows(static_cast<const uint8_t*>(rows), n, first);
  } else {
    add_rows(static_cast<const float*>(rows), n, first);
  }
}

std::string RangeCheck::first_text(std::optional<uint64_t> first_line) const {
  const auto& names = columns_;
  const size_t of = range_.low.size() == 1 ? 0 : first_column_;
  std::string where = names.empty() ? fmt::format("value {}", first_column_)
                                    : fmt::format("column \"{}\"", names[first_column_]);
  double value = first_value_;
  double low = range_.low[of];
  double high = range_.high[of];
  if (features_) {
    const auto feature = static_cast<int64_t>(first_column_);
    const auto original = features_->original(feature, value);
    if (original && range_.low.size() > 1) {
      value = *original;
      low = *features_->original(feature, low);
      high = *features_->original(feature, high);
    } else {
      where += " (preprocessed)";
    }
  }
  const int digits = digits_for(low, high);
  return fmt::format("{}, {} = {:.{}g}, where training rows have {:.{}g} to {:.{}g}",
                     row_text(first_row_, first_line), where, value, digits, low, digits, high,
                     digits);
}

std::string RangeCheck::cause() const {
  const TrainingRange& range = range_;
  const bool unit = !features_ && range.low.size() == 1 && range.low[0] >= 0 && range.high[0] <= 1;
  const bool bytes = min_ >= 0 && max_ <= kByteMax && !has_fractions_;
  if (unit && bytes) {
    return "these look like bytes (0 to 255) and the training rows were in [0, 1]: divide them by "
           "255";
  }
  return "they may be in other units, scaled otherwise, or of another source";
}

std::optional<std::string> RangeCheck::finding(const std::string& file,
                                               std::optional<uint64_t> first_line) const {
  if (low_.empty() || rows_ == 0) return std::nullopt;
  const TrainingRange& range = range_;
  const bool trained_on_bytes = !features_ && range.low.size() == 1 && range.low[0] >= 0 &&
                                range.high[0] > kByteMax / 2 && range.high[0] <= kByteMax;
  if (trained_on_bytes && has_fractions_ && min_ >= 0 && max_ <= 1) {
    return fmt::format(
        "{}: all values lie in [0, 1], and the training rows were bytes, from {:.6g} to {:.6g}: "
        "multiply the values by 255, or write them as bytes",
        file, range.low[0], range.high[0]);
  }
  if (outside_ == 0) return std::nullopt;
  return fmt::format(
      "{}: {} of {} rows lie outside the range of the training rows by more than its width (first "
      "{}), so that their codes and errors may mean little; {}",
      file, grouped(outside_), grouped(rows_), first_text(first_line), cause());
}

std::optional<std::string> outside_training_range(const RowSet& set,
                                                  const Preprocessing& preprocessing) {
  RangeCheck check(preprocessing);
  const int64_t width = set.data->info.width();
  with_values(set, [&](const auto* values) {
    for (const int64_t row : set.rows) {
      check.add(values + row * width, 1, set.data->info.dtype, row);
    }
  });
  return check.finding(set.data->path.string(), set.data->first_line);
}

}  // namespace ae
