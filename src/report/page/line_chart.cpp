#include "report/page/line_chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "report/page/markup.h"

namespace ae {
namespace {

constexpr size_t kMaxPointsOfLine = 2000;  // 5 for each unit of width
constexpr size_t kMaxDots = 100;           // of a line that can be hovered
constexpr size_t kMaxShownDots = 25;       // of a line whose dots are drawn
constexpr double kChartHeight = 270;

}  // namespace

void LineChart::add(std::string name, std::span<const double> x, std::span<const double> y) {
  Series added{std::move(name), {}};
  bool joined = false;
  for (size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
    const bool drawn = left_out_.can_draw(x[i], x_axis_.scale, y[i], y_axis_.scale);
    if (drawn) added.points.push_back({x[i], y[i], joined});
    joined = drawn;
  }
  series_.push_back(std::move(added));
}

std::string LineChart::line(const PlotArea& area, size_t series) const {
  const std::vector<Point>& points = series_[series].points;
  if (points.empty()) return "";
  const size_t run =
      points.size() <= kMaxPointsOfLine ? 1 : points.size() * 2 / kMaxPointsOfLine + 1;
  const auto by_y = [](const Point& a, const Point& b) { return a.y < b.y; };
  std::string path;
  bool gap = true;
  const auto draw = [&](const Point& point) {
    // "h0" makes a dot of a point without neighbours.
    path += fmt::format("{}{}{}", gap ? "M" : "L", area.point(point.x, point.y), gap ? "h0" : "");
    gap = false;
  };
  for (size_t first = 0; first < points.size(); first += run) {
    const auto begin = points.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end =
        points.begin() + static_cast<std::ptrdiff_t>(std::min(first + run, points.size()));
    gap = std::any_of(begin, end, [](const Point& p) { return !p.joined; });
    const auto [least, greatest] = std::minmax_element(begin, end, by_y);
    draw(*std::min(least, greatest));
    if (least != greatest) draw(*std::max(least, greatest));
  }
  return fmt::format("<path class=\"line {}\" stroke-dasharray=\"{}\" d=\"{}\"/>",
                     colour_class(series), dash_pattern(series), path);
}

std::string LineChart::dots(const PlotArea& area, size_t series) const {
  const auto& [name, points] = series_[series];
  const size_t stride = points.size() / kMaxDots + 1;
  const std::string x_name = x_axis_.label.empty() ? "" : html_escaped(x_axis_.label) + " ";
  std::string marks;
  for (size_t i = (points.empty() ? 0 : (points.size() - 1) % stride); i < points.size();
       i += stride) {
    marks += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"4\"><title>{}, {}{}: {}</title></circle>",
                         coordinate_text(area.x(points[i].x)), coordinate_text(area.y(points[i].y)),
                         html_escaped(name), x_name, short_number(points[i].x),
                         short_number(points[i].y));
  }
  return fmt::format("<g class=\"dots {}{}\">{}</g>", colour_class(series),
                     points.size() <= kMaxShownDots ? " shown" : "", marks);
}

std::string LineChart::description() const {
  const std::string x_name = x_axis_.label.empty() ? "x" : x_axis_.label;
  std::string text =
      fmt::format("Line chart with {} {}.", series_.size(), series_.size() == 1 ? "line" : "lines");
  for (const auto& [name, points] : series_) {
    if (points.empty()) {
      text += fmt::format(" {}: no points.", name);
      continue;
    }
    const auto [least, greatest] = std::minmax_element(
        points.begin(), points.end(), [](const Point& a, const Point& b) { return a.y < b.y; });
    text += fmt::format(" {}: {} at {} {} to {} at {}, least {} at {}, greatest {} at {}.", name,
                        short_number(points.front().y), x_name, short_number(points.front().x),
                        short_number(points.back().y), short_number(points.back().x),
                        short_number(least->y), short_number(least->x), short_number(greatest->y),
                        short_number(greatest->x));
  }
  for (const ReferenceLine& line : references_) {
    text += fmt::format(" {}: {} {}.", line.label, x_name, short_number(line.x));
  }
  return text;
}

Figure::Content LineChart::content(PageContext&) const {
  std::vector<double> xs;
  std::vector<double> ys;
  for (const Series& series : series_) {
    for (const Point& point : series.points) {
      xs.push_back(point.x);
      ys.push_back(point.y);
    }
  }
  const PlotArea area(Axis(xs, x_axis_.scale, 0.02), Axis(ys, y_axis_.scale, 0.05), x_axis_.label,
                      y_axis_.label, kChartHeight);
  std::string marks = area.reference_marks(references_);
  std::vector<LegendEntry> legend;
  for (size_t i = 0; i < series_.size(); ++i) {
    marks += line(area, i);
    legend.push_back(line_entry(i, series_[i].name));
  }
  for (size_t i = 0; i < series_.size(); ++i) marks += dots(area, i);
  for (LegendEntry& entry : reference_entries(references_)) legend.push_back(std::move(entry));
  return {area.svg(marks) + legend_html(legend), description(),
          xs.empty() ? "No values to draw. " + left_out_.sentence("point")
                     : left_out_.sentence("point")};
}

}  // namespace ae
