#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ae {

enum class Scale { linear, log };

/// Label and scale of an axis, as the caller of a figure gives them.
struct AxisOptions {
  std::string label;  // with its unit; may be empty
  Scale scale = Scale::linear;
};

/// Values that a figure leaves out, for its caption.
struct LeftOut {
  int64_t non_finite = 0;    // NaN, infinite, or of a magnitude over 1e300
  int64_t non_positive = 0;  // below 1e-300 on a logarithmic axis

  /// Counts the value if it cannot be drawn, and returns whether it can.
  bool can_draw(double value, Scale scale);
  /// Counts the pair once if either value cannot be drawn.
  bool can_draw(double x, Scale x_scale, double y, Scale y_scale);
  /// "3 values are not drawn (2 not finite, 1 not positive on a logarithmic axis)."; empty if none
  /// is left out.
  /// @param what  the noun in the singular, such as "value"
  std::string sentence(const std::string& what) const;
};

struct Tick {
  double value;
  std::string text;
};

/// Range of an axis and its ticks. Ticks are multiples of 1, 2 or 5 times a power of ten; on a
/// logarithmic axis powers of ten and, in a short range, their double and fivefold.
class Axis {
 public:
  /// Axis that covers values that can all be drawn, with `margin` of its length free at both ends
  /// (matplotlib's axes.xmargin). No values give [0, 1], or [1, 10]; equal ones a range about them.
  Axis(std::span<const double> values, Scale scale, double margin);
  /// Axis over exactly [low, high], low < high, both positive if logarithmic.
  Axis(double low, double high, Scale scale);

  double low() const { return low_; }
  double high() const { return high_; }
  Scale scale() const { return scale_; }
  /// Place of a value that can be drawn: 0 at the low end, 1 at the high end.
  double position(double value) const;
  /// Value at a place in [0, 1].
  double value(double position) const;
  /// Ticks in the range in ascending order, about `most` of them at most.
  std::vector<Tick> ticks(int most) const;

 private:
  std::vector<Tick> linear_ticks(int most) const;
  std::vector<Tick> log_ticks(int most) const;

  double low_;
  double high_;
  Scale scale_;
  bool whole_ = false;  // all values are integers, and so are the ticks
};

}  // namespace ae
