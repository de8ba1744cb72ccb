#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "report/page/axis.h"

namespace ae {

/// Vertical line at a value of the x axis, named in the legend, such as a threshold or the best
/// epoch (matplotlib's axvline).
struct ReferenceLine {
  double x;
  std::string label;
};

/// Area of an SVG drawing that is spanned by two axes. Units are those of its viewBox, y downwards.
class PlotArea {
 public:
  static constexpr double kWidth = 400;

  PlotArea(const Axis& x, const Axis& y, const std::string& x_label, const std::string& y_label,
           double height);

  double left() const { return left_; }
  double top() const { return kTop; }
  double width() const { return kWidth - left_ - kRight; }
  double height() const { return bottom_ - kTop; }
  double total_height() const { return total_height_; }
  /// Place of values that can be drawn.
  double x(double value) const { return left_ + x_.position(value) * width(); }
  double y(double value) const { return bottom_ - y_.position(value) * height(); }
  /// "12.5 40", as in a path.
  std::string point(double x_value, double y_value) const;

  /// `<svg>` element: grid, ticks and labels below `marks`, which are SVG elements.
  std::string svg(const std::string& marks) const;
  /// Marks of the lines that lie within the x axis.
  std::string reference_marks(const std::vector<ReferenceLine>& lines) const;

 private:
  static constexpr double kTop = 12;
  static constexpr double kRight = 24;

  Axis x_;
  Axis y_;
  std::string x_label_;
  std::string y_label_;
  std::vector<Tick> x_ticks_;
  std::vector<Tick> y_ticks_;
  double total_height_;
  double left_;
  double bottom_;
};

/// CSS class of a series: its colour, which repeats after 8.
std::string colour_class(size_t series);
/// Value of stroke-dasharray, so that lines differ without colour; repeats after 5.
std::string dash_pattern(size_t series);

/// Entry of a legend. Names are plain text.
struct LegendEntry {
  std::string mark;  // SVG elements in a box of 24 by 12
  std::string name;
};
/// `<ul>` of the entries; empty if there are none.
std::string legend_html(const std::vector<LegendEntry>& entries);
LegendEntry line_entry(size_t series, const std::string& name);
std::vector<LegendEntry> reference_entries(const std::vector<ReferenceLine>& lines);

}  // namespace ae
