#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "report/page/axis.h"
#include "report/page/figure.h"
#include "report/page/plot.h"

namespace ae {

/// Curves over a common x axis, such as losses over epochs. Lines differ by dash pattern as well as
/// by colour; a line has a gap where a value cannot be drawn; values appear when points are
/// hovered. Curves of over 2,000 points are drawn by the extremes of equal runs of points.
class LineChart : public Figure {
 public:
  LineChart(std::string title, std::string caption, AxisOptions x, AxisOptions y)
      : Figure{std::move(title), std::move(caption)},
        x_axis_{std::move(x)},
        y_axis_{std::move(y)} {}

  /// @param x, y  [N] each, in the order in which points are joined
  void add(std::string name, std::span<const double> x, std::span<const double> y);
  /// Vertical line, left out if it lies outside the curves.
  void add_reference(double x, std::string label) { references_.push_back({x, std::move(label)}); }

 protected:
  Content content(PageContext& context) const override;

 private:
  struct Point {
    double x;
    double y;
    bool joined;  // to the point before
  };
  struct Series {
    std::string name;
    std::vector<Point> points;  // that can be drawn
  };
  std::string line(const PlotArea& area, size_t series) const;
  std::string dots(const PlotArea& area, size_t series) const;
  std::string description() const;

  AxisOptions x_axis_;
  AxisOptions y_axis_;
  std::vector<Series> series_;
  std::vector<ReferenceLine> references_;
  LeftOut left_out_;
};

}  // namespace ae
