#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "report/page/axis.h"
#include "report/page/figure.h"
#include "report/page/plot.h"

namespace ae {

/// Points of rows, such as codes in two dimensions. The point under the pointer, or chosen by the
/// arrow keys, shows its row, its label, its values and, if there are some, its picture. Up to 40
/// distinct labels are classes that differ by colour and shape. Over 5,000 points are drawn on a
/// canvas, fewer as SVG.
class ScatterPlot : public Figure {
 public:
  /// @param x, y  [N] each
  ScatterPlot(std::string title, std::string caption, AxisOptions x_axis, AxisOptions y_axis,
              std::span<const double> x, std::span<const double> y);

  std::vector<std::string> labels;              // [N], or empty
  std::vector<int64_t> rows;                    // [N] row numbers shown; empty: 0, 1, 2, …
  std::shared_ptr<const SpriteSheet> pictures;  // tile i belongs to point i; null: none

 protected:
  Content content(PageContext& context) const override;
  std::string role() const override { return "group"; }

 private:
  struct Classes;
  Classes classes() const;
  std::string data(const PlotArea& area, const Axis& x, const Axis& y, const Classes& classes,
                   PageContext& context) const;
  std::string description(const Classes& classes) const;

  AxisOptions x_axis_;
  AxisOptions y_axis_;
  std::vector<double> x_;  // of the points that can be drawn
  std::vector<double> y_;
  std::vector<size_t> index_;  // of those among all points
  LeftOut left_out_;
};

}  // namespace ae
