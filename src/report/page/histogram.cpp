#include "report/page/histogram.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/page/markup.h"

namespace ae {
namespace {

constexpr double kHistogramHeight = 270;

/// Linear axis over [0, the greatest height and some room].
Axis height_axis(const std::vector<std::vector<double>>& heights) {
  double greatest = 0;
  for (const std::vector<double>& series : heights) {
    for (const double height : series) greatest = std::max(greatest, height);
  }
  return {0, greatest > 0 ? 1.05 * greatest : 1, Scale::linear};
}

/// Outline over the bins, closed along the axis.
std::string outline(const PlotArea& area, const Axis& x, const std::vector<double>& heights) {
  std::string path = fmt::format("M{}", area.point(x.low(), 0));
  for (size_t bin = 0; bin < heights.size(); ++bin) {
    const double end = static_cast<double>(bin + 1) / static_cast<double>(heights.size());
    path += fmt::format("V{}H{}", coordinate_text(area.y(heights[bin])),
                        coordinate_text(area.left() + end * area.width()));
  }
  return path + "V" + coordinate_text(area.y(0)) + "Z";
}

/// Invisible bars of full height that say the counts of their bin when hovered.
std::string bin_titles(const PlotArea& area, const Axis& x, const std::vector<std::string>& names,
                       const std::vector<std::vector<double>>& heights) {
  std::string bars;
  const size_t count = heights.front().size();
  const auto width = area.width() / static_cast<double>(count);
  for (size_t bin = 0; bin < count; ++bin) {
    const auto at = static_cast<double>(bin);
    const auto all = static_cast<double>(count);
    std::string text = fmt::format("{} to {}", short_number(x.value(at / all)),
                                   short_number(x.value((at + 1) / all)));
    for (size_t i = 0; i < names.size(); ++i) {
      text += "\n" + names[i] + ": " + short_number(heights[i][bin]);
    }
    bars +=
        fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"><title>{}</title></rect>",
                    coordinate_text(area.left() + at * width), coordinate_text(area.top()),
                    coordinate_text(width), coordinate_text(area.height()), html_escaped(text));
  }
  return "<g class=\"bins\">" + bars + "</g>";
}

}  // namespace

void Histogram::add(std::string name, std::span<const double> values) {
  Series added{std::move(name), {}};
  for (const double value : values) {
    if (left_out_.can_draw(value, x_axis_.scale)) added.values.push_back(value);
  }
  series_.push_back(std::move(added));
}

Axis Histogram::x_range() const {
  std::vector<double> all;
  for (const Series& series : series_) {
    all.insert(all.end(), series.values.begin(), series.values.end());
  }
  for (const ReferenceLine& line : references_) {
    LeftOut ignored;
    if (!all.empty() && ignored.can_draw(line.x, x_axis_.scale)) all.push_back(line.x);
  }
  return {all, x_axis_.scale, 0};
}

size_t Histogram::bin_count() const {
  if (bins > 0) return static_cast<size_t>(bins);
  size_t most = 1;
  for (const Series& series : series_) most = std::max(most, series.values.size());
  const double rice = std::ceil(2 * std::cbrt(static_cast<double>(most)));
  return static_cast<size_t>(std::clamp(rice, 5.0, 60.0));
}

std::vector<double> Histogram::heights(const Series& series, const Axis& x,
                                       size_t bin_count) const {
  std::vector<double> heights(bin_count, 0);
  const double weight = probability ? 1 / static_cast<double>(series.values.size()) : 1;
  for (const double value : series.values) {
    const double place = x.position(value) * static_cast<double>(bin_count);
    const double bin = std::clamp(std::floor(place), 0.0, static_cast<double>(bin_count - 1));
    heights[static_cast<size_t>(bin)] += weight;
  }
  return heights;
}

std::string Histogram::description() const {
  std::string text =
      fmt::format("Histogram of {}.", x_axis_.label.empty() ? title() : x_axis_.label);
  for (const Series& series : series_) {
    std::vector<double> sorted = series.values;
    std::sort(sorted.begin(), sorted.end());
    text += fmt::format(" {}: {} values", series.name, sorted.size());
    if (!sorted.empty()) {
      text +=
          fmt::format(", from {} to {}, median {}", short_number(sorted.front()),
                      short_number(sorted.back()), short_number(sorted[(sorted.size() - 1) / 2]));
    }
    text += ".";
  }
  for (const ReferenceLine& line : references_) {
    text += fmt::format(" {}: {}.", line.label, short_number(line.x));
  }
  return text;
}

Figure::Content Histogram::content(PageContext&) const {
  const Axis x = x_range();
  std::vector<std::string> names;
  std::vector<std::vector<double>> bars;
  size_t values = 0;
  for (const Series& series : series_) {
    names.push_back(series.name);
    bars.push_back(heights(series, x, bin_count()));
    values += series.values.size();
  }
  const PlotArea area(x, height_axis(bars), x_axis_.label, probability ? "fraction" : "count",
                      kHistogramHeight);
  std::string marks;
  std::vector<LegendEntry> legend;
  for (size_t i = 0; i < bars.size(); ++i) {
    if (series_[i].values.empty()) continue;
    marks += fmt::format("<path class=\"bars {}\" stroke-dasharray=\"{}\" d=\"{}\"/>",
                         colour_class(i), dash_pattern(i), outline(area, x, bars[i]));
  }
  for (size_t i = 0; i < names.size(); ++i) legend.push_back(line_entry(i, names[i]));
  marks += area.reference_marks(references_);
  if (values > 0) marks += bin_titles(area, x, names, bars);
  for (LegendEntry& entry : reference_entries(references_)) legend.push_back(std::move(entry));
  return {area.svg(marks) + legend_html(legend), description(),
          values == 0 ? "No values to draw. " + left_out_.sentence("value")
                      : left_out_.sentence("value")};
}

}  // namespace ae
