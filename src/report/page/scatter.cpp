#include "report/page/scatter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "report/page/markup.h"

namespace ae {
namespace {

constexpr size_t kMaxSvgPoints = 5000;
constexpr size_t kMaxClasses = 40;  // distinct pairs of 8 colours and 5 shapes
constexpr size_t kMaxLegend = 20;
constexpr size_t kMaxLargeMarks = 200;  // points that are drawn larger
constexpr double kScatterHeight = 370;
constexpr double kPlaces = 9999;  // of a stored coordinate, finer than pixels

/// Outlines about a point, as relative path commands.
constexpr std::array<const char*, 5> kShapes = {
    "m-2.6 0a2.6 2.6 0 1 0 5.2 0a2.6 2.6 0 1 0-5.2 0z",  // circle
    "m0-3.6l3.3 6h-6.6z",                                // triangle
    "m-2.4-2.4h4.8v4.8h-4.8z",                           // square
    "m0-3.6l2.9 3.6-2.9 3.6-2.9-3.6z",                   // diamond
    "m-1-3.2h2v2.2h2.2v2h-2.2v2.2h-2v-2.2h-2.2v-2h2.2z"  // plus
};

const char* shape_of(size_t series) { return kShapes[series % kShapes.size()]; }

int place(double position) { return static_cast<int>(std::lround(position * kPlaces)); }

/// Order of classes in a legend: numbers by size, other text by bytes behind them.
struct LabelOrder {
  bool operator()(const std::string& a, const std::string& b) const {
    const auto number = [](const std::string& text) {
      return !text.empty() && text.size() <= 15 &&
             text.find_first_not_of("0123456789") == std::string::npos;
    };
    if (number(a) != number(b)) return number(a);
    if (number(a) && std::stoll(a) != std::stoll(b)) return std::stoll(a) < std::stoll(b);
    return a < b;
  }
};

template <typename Values, typename Text>
std::string json_array(const Values& values, const Text& text) {
  std::string out = "[";
  for (const auto& value : values) {
    if (out.size() > 1) out += ',';
    out += text(value);
  }
  return out + "]";
}

template <typename Number>
std::string number_json(Number number) {
  return fmt::format("{}", number);
}

std::string axis_json(const Axis& axis, const std::string& label, const char* default_label) {
  return fmt::format("{{\"low\":{},\"high\":{},\"log\":{},\"label\":{}}}", axis.low(), axis.high(),
                     axis.scale() == Scale::log,
                     script_string(label.empty() ? default_label : label));
}

std::string sprite_json(const SpriteSheet& sheet, const std::string& css_class) {
  return fmt::format("{{\"css\":\"{}\",\"width\":{},\"height\":{},\"columns\":{},\"count\":{}}}",
                     css_class, sheet.tile_width, sheet.tile_height, sheet.columns, sheet.count);
}

}  // namespace

struct ScatterPlot::Classes {
  std::vector<std::string> names;  // distinct labels
  std::vector<size_t> of_point;    // index of the name, of each drawn point
  bool drawn_apart = false;        // by colour and shape

  size_t count() const { return drawn_apart ? names.size() : 1; }
  size_t look(size_t point) const { return drawn_apart ? of_point[point] : 0; }
};

ScatterPlot::ScatterPlot(std::string title, std::string caption, AxisOptions x_axis,
                         AxisOptions y_axis, std::span<const double> x, std::span<const double> y)
    : Figure{std::move(title), std::move(caption)},
      x_axis_{std::move(x_axis)},
      y_axis_{std::move(y_axis)} {
  for (size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
    if (!left_out_.can_draw(x[i], x_axis_.scale, y[i], y_axis_.scale)) continue;
    x_.push_back(x[i]);
    y_.push_back(y[i]);
    index_.push_back(i);
  }
}

ScatterPlot::Classes ScatterPlot::classes() const {
  Classes classes;
  if (labels.empty()) return classes;
  std::map<std::string, size_t, LabelOrder> indices;
  const auto label = [&](size_t i) { return i < labels.size() ? labels[i] : std::string(); };
  for (const size_t i : index_) indices.emplace(label(i), 0);
  for (auto& [name, index] : indices) {
    index = classes.names.size();
    classes.names.push_back(name);
  }
  for (const size_t i : index_) classes.of_point.push_back(indices.at(label(i)));
  classes.drawn_apart = !classes.names.empty() && classes.names.size() <= kMaxClasses;
  return classes;
}

std::string ScatterPlot::data(const PlotArea& area, const Axis& x, const Axis& y,
                              const Classes& classes, PageContext& context) const {
  const auto integer = [](auto value) { return number_json(value); };
  std::string json = fmt::format(
      "{{\"x\":{},\"y\":{},\"axes\":[{},{}]",
      json_array(x_, [&](double value) { return number_json(place(x.position(value))); }),
      json_array(y_, [&](double value) { return number_json(place(y.position(value))); }),
      axis_json(x, x_axis_.label, "x"), axis_json(y, y_axis_.label, "y"));
  if (x_.size() > kMaxSvgPoints) {
    std::vector<const char*> shapes;
    for (size_t i = 0; i < classes.count(); ++i) shapes.push_back(shape_of(i));
    json += fmt::format(",\"width\":{},\"height\":{},\"shapes\":{}", coordinate_text(area.width()),
                        coordinate_text(area.height()), json_array(shapes, script_string));
  }
  if (!classes.names.empty()) {
    json += fmt::format(",\"names\":{},\"name\":{},\"apart\":{}",
                        json_array(classes.names, script_string),
                        json_array(classes.of_point, integer), classes.drawn_apart);
  }
  if (left_out_.non_finite + left_out_.non_positive > 0) {
    json += ",\"index\":" + json_array(index_, integer);
  }
  if (!rows.empty()) json += ",\"rows\":" + json_array(rows, integer);
  if (pictures) json += ",\"sprite\":" + sprite_json(*pictures, context.sprite_class(pictures));
  return json + "}";
}

std::string ScatterPlot::description(const Classes& classes) const {
  std::string text =
      fmt::format("Scatter plot of {} {}.", x_.size(), x_.size() == 1 ? "point" : "points");
  if (x_.empty()) return text;
  const auto [x_low, x_high] = std::minmax_element(x_.begin(), x_.end());
  const auto [y_low, y_high] = std::minmax_element(y_.begin(), y_.end());
  text += fmt::format(" {} from {} to {}, {} from {} to {}.",
                      x_axis_.label.empty() ? "x" : x_axis_.label, short_number(*x_low),
                      short_number(*x_high), y_axis_.label.empty() ? "y" : y_axis_.label,
                      short_number(*y_low), short_number(*y_high));
  if (!classes.names.empty()) text += fmt::format(" {} distinct labels.", classes.names.size());
  return text;
}

Figure::Content ScatterPlot::content(PageContext& context) const {
  const Axis x(x_, x_axis_.scale, 0.04);
  const Axis y(y_, y_axis_.scale, 0.04);
  const PlotArea area(x, y, x_axis_.label, y_axis_.label, kScatterHeight);
  const Classes groups = classes();
  const bool canvas = x_.size() > kMaxSvgPoints;
  std::string marks;
  if (!canvas) {
    std::vector<std::string> paths(groups.count());
    for (size_t i = 0; i < x_.size(); ++i) {
      const size_t look = groups.look(i);
      paths[look] += fmt::format("M{}{}", area.point(x_[i], y_[i]), shape_of(look));
    }
    for (size_t i = 0; i < paths.size(); ++i) {
      marks += fmt::format("<path class=\"marks {}{}\" d=\"{}\"/>", colour_class(i),
                           x_.size() <= kMaxLargeMarks ? " large" : "", paths[i]);
    }
  }
  std::vector<LegendEntry> legend;
  for (size_t i = 0; groups.drawn_apart && i < std::min(groups.count(), kMaxLegend); ++i) {
    legend.push_back({fmt::format("<path class=\"marks large {}\" d=\"M12 6{}\"/>", colour_class(i),
                                  shape_of(i)),
                      groups.names[i]});
  }
  if (groups.drawn_apart && groups.count() > kMaxLegend) {
    legend.push_back({"", fmt::format("and {} more", groups.count() - kMaxLegend)});
  }
  const auto percent = [](double part, double whole) {
    return fmt::format("{:.2f}%", 100 * part / whole);
  };
  const std::string html = fmt::format(
      "<div class=\"scatter\">{}<div class=\"area\" tabindex=\"0\" role=\"application\" "
      "aria-roledescription=\"scatter plot\" aria-label=\"{}. Arrow keys move through the "
      "points.\" "
      "style=\"left:{};top:{};width:{};height:{}\">{}</div>"
      "<script type=\"application/json\">{}</script></div>\n{}{}",
      area.svg(marks), html_escaped(title()), percent(area.left(), PlotArea::kWidth),
      percent(area.top(), area.total_height()), percent(area.width(), PlotArea::kWidth),
      percent(area.height(), area.total_height()), canvas ? "<canvas></canvas>" : "",
      data(area, x, y, groups, context),
      canvas ? "<noscript><p>The points are drawn by a script.</p></noscript>\n" : "",
      legend_html(legend));
  return {html, description(groups),
          x_.empty() ? "No points to draw. " + left_out_.sentence("point")
                     : left_out_.sentence("point")};
}

}  // namespace ae
