#include "report/page/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "report/page/markup.h"

namespace ae {
namespace {

constexpr double kDigitWidth = 9;  // of the largest text that the style sheet sets
constexpr int kMaxTicksX = 6;
constexpr int kMaxTicksY = 6;

double widest(const std::vector<Tick>& ticks) {
  size_t characters = 1;
  for (const Tick& tick : ticks) characters = std::max(characters, tick.text.size());
  return kDigitWidth * static_cast<double>(characters);
}

/// Ticks of a horizontal axis, as many as have room side by side.
std::vector<Tick> ticks_with_room(const Axis& axis, double width) {
  for (int most = kMaxTicksX; most > 2; --most) {
    std::vector<Tick> ticks = axis.ticks(most);
    const double room = width / static_cast<double>(most);
    if (widest(ticks) + kDigitWidth <= room) return ticks;
  }
  return axis.ticks(2);
}

}  // namespace

PlotArea::PlotArea(const Axis& x, const Axis& y, const std::string& x_label,
                   const std::string& y_label, double height)
    : x_{x},
      y_{y},
      x_label_{x_label},
      y_label_{y_label},
      y_ticks_{y.ticks(kMaxTicksY)},
      total_height_{height} {
  left_ = std::min(widest(y_ticks_) + 14 + (y_label.empty() ? 0 : 20), kWidth / 2);
  bottom_ = height - 24 - (x_label.empty() ? 0 : 22);
  x_ticks_ = ticks_with_room(x, width());
}

std::string PlotArea::point(double x_value, double y_value) const {
  return coordinate_text(x(x_value)) + " " + coordinate_text(y(y_value));
}

std::string PlotArea::svg(const std::string& marks) const {
  std::string grid;
  std::string texts;
  for (const Tick& tick : x_ticks_) {
    const std::string at = coordinate_text(x(tick.value));
    grid += fmt::format("M{} {}V{}", at, kTop, coordinate_text(bottom_));
    texts += fmt::format("<text x=\"{}\" y=\"{}\" class=\"below\">{}</text>", at,
                         coordinate_text(bottom_ + 18), tick.text);
  }
  for (const Tick& tick : y_ticks_) {
    const std::string at = coordinate_text(y(tick.value));
    grid += fmt::format("M{} {}H{}", coordinate_text(left_), at, coordinate_text(kWidth - kRight));
    texts += fmt::format("<text x=\"{}\" y=\"{}\" dy=\".35em\" class=\"beside\">{}</text>",
                         coordinate_text(left_ - 7), at, tick.text);
  }
  if (!x_label_.empty()) {
    texts += fmt::format("<text x=\"{}\" y=\"{}\" class=\"below\">{}</text>",
                         coordinate_text(left_ + width() / 2), coordinate_text(total_height_ - 7),
                         html_escaped(x_label_));
  }
  if (!y_label_.empty()) {
    texts +=
        fmt::format("<text transform=\"translate(15 {}) rotate(-90)\" class=\"below\">{}</text>",
                    coordinate_text(kTop + height() / 2), html_escaped(y_label_));
  }
  return fmt::format(
      "<svg viewBox=\"0 0 {} {}\" aria-hidden=\"true\"><path class=\"grid\" d=\"{}\"/>"
      "<path class=\"frame\" d=\"M{} {}V{}H{}\"/>{}{}</svg>\n",
      kWidth, total_height_, grid, coordinate_text(left_), kTop, coordinate_text(bottom_),
      coordinate_text(kWidth - kRight), texts, marks);
}

std::string PlotArea::reference_marks(const std::vector<ReferenceLine>& lines) const {
  std::string marks;
  for (const ReferenceLine& line : lines) {
    if (!(line.x >= x_.low() && line.x <= x_.high())) continue;
    marks += fmt::format("<path class=\"reference\" d=\"M{} {}V{}\"><title>{}: {}</title></path>",
                         coordinate_text(x(line.x)), kTop, coordinate_text(bottom_),
                         html_escaped(line.label), short_number(line.x));
  }
  return marks;
}

std::string colour_class(size_t series) { return fmt::format("c{}", series % 8); }

std::string dash_pattern(size_t series) {
  constexpr std::array<const char*, 5> kPatterns = {"none", "8 5", "2 5", "10 5 2 5", "16 5"};
  return kPatterns[series % kPatterns.size()];
}

std::string legend_html(const std::vector<LegendEntry>& entries) {
  if (entries.empty()) return "";
  std::string items;
  for (const LegendEntry& entry : entries) {
    items += fmt::format(
        "<li><svg viewBox=\"0 0 24 12\" aria-hidden=\"true\">{}</svg><span>{}</span></li>",
        entry.mark, html_escaped(entry.name));
  }
  return fmt::format("<ul class=\"legend\">{}</ul>\n", items);
}

LegendEntry line_entry(size_t series, const std::string& name) {
  return {fmt::format("<path class=\"line {}\" stroke-dasharray=\"{}\" d=\"M1 6H23\"/>",
                      colour_class(series), dash_pattern(series)),
          name};
}

std::vector<LegendEntry> reference_entries(const std::vector<ReferenceLine>& lines) {
  std::vector<LegendEntry> entries;
  for (const ReferenceLine& line : lines) {
    if (!std::isfinite(line.x)) continue;
    entries.push_back({"<path class=\"reference\" d=\"M12 0V12\"/>",
                       fmt::format("{} ({})", line.label, short_number(line.x))});
  }
  return entries;
}

}  // namespace ae
