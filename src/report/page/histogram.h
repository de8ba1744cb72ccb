#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "report/page/axis.h"
#include "report/page/figure.h"
#include "report/page/plot.h"

namespace ae {

/// Distributions over common bins, drawn over each other as outlines that differ by dash pattern as
/// well as by colour. On a logarithmic axis bins are equally wide in the logarithm.
class Histogram : public Figure {
 public:
  Histogram(std::string title, std::string caption, AxisOptions x)
      : Figure{std::move(title), std::move(caption)}, x_axis_{std::move(x)} {}

  /// @param values  [N]
  void add(std::string name, std::span<const double> values);
  void add_reference(double x, std::string label) { references_.push_back({x, std::move(label)}); }

  int bins = 0;              // 0: chosen by the number of values (the rule of Rice), 5 to 60
  bool probability = false;  // heights are fractions of a series' values, not counts

 protected:
  Content content(PageContext& context) const override;

 private:
  struct Series {
    std::string name;
    std::vector<double> values;  // that can be drawn
  };
  Axis x_range() const;
  size_t bin_count() const;
  std::vector<double> heights(const Series& series, const Axis& x, size_t bin_count) const;
  std::string description() const;

  AxisOptions x_axis_;
  std::vector<Series> series_;
  std::vector<ReferenceLine> references_;
  LeftOut left_out_;
};

}  // namespace ae
