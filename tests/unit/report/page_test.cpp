#include "report/page/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/utf8.h"
#include "report/page/axis.h"
#include "report/page/figure.h"
#include "report/page/histogram.h"
#include "report/page/html_table.h"
#include "report/page/image.h"
#include "report/page/line_chart.h"
#include "report/page/markup.h"
#include "report/page/scatter.h"

namespace ae {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr double kPageNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kPageInfinity = std::numeric_limits<double>::infinity();

std::string html_of(const Figure& figure) {
  PageContext context;
  return figure.html(context);
}

size_t count(const std::string& text, std::string_view part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

/// No number of a drawing or of its data is NaN or infinite.
void expect_finite(const std::string& html) {
  for (const char* bad :
       {"\"nan", "\"inf", "Mnan", " nan", "-nan", " inf", ":inf", ":nan", ",nan"}) {
    EXPECT_THAT(html, Not(HasSubstr(bad)));
  }
}

ScatterPlot scatter_of(const std::vector<double>& x, const std::vector<double>& y) {
  return {"Codes", "Rows near each other have similar codes.", {"z1"}, {"z2"}, x, y};
}

TEST(LineChart, NamesSeriesAndDiffersByDashes) {
  LineChart chart("Loss", "Lower is better.", {"epoch"}, {"nats"});
  const std::vector<double> epochs = {1, 2, 3};
  chart.add("train", epochs, std::vector<double>{3, 2, 1});
  chart.add("<validation>", epochs, std::vector<double>{4, 3, 5});
  chart.add_reference(2, "best epoch");
  const std::string html = html_of(chart);
  EXPECT_THAT(html, HasSubstr("role=\"img\""));
  EXPECT_THAT(html, HasSubstr("<title>train, epoch 2: 2</title>"));
  EXPECT_THAT(html, HasSubstr("&lt;validation&gt;: 4 at epoch 1 to 5 at 3, least 3 at 2"));
  EXPECT_THAT(html, HasSubstr("stroke-dasharray=\"none\""));
  EXPECT_THAT(html, HasSubstr("stroke-dasharray=\"8 5\""));
  EXPECT_THAT(html, HasSubstr("best epoch (2)"));
  EXPECT_THAT(html, Not(HasSubstr("not drawn")));
}

TEST(LineChart, SaysWhenThereIsNothingToDraw) {
  EXPECT_THAT(html_of(LineChart("Loss", "", {"epoch"}, {"nats"})), HasSubstr("No values to draw."));
  LineChart chart("Loss", "", {"epoch"}, {"nats"});
  chart.add("train", std::vector<double>{1.0}, std::vector<double>{kPageNan});
  const std::string html = html_of(chart);
  EXPECT_THAT(html, HasSubstr("No values to draw. 1 point is not drawn (1 not finite)."));
  expect_finite(html);
}

TEST(LineChart, DrawsOnePointAsADot) {
  LineChart chart("Loss", "", {"epoch"}, {"nats"});
  chart.add("train", std::vector<double>{1.0}, std::vector<double>{2.0});
  const std::string html = html_of(chart);
  EXPECT_EQ(count(html, "<circle"), 1u);
  EXPECT_THAT(html, HasSubstr("h0\"/>"));
  expect_finite(html);
}

TEST(LineChart, InterruptsALineAtValuesNotDrawn) {
  LineChart chart("Loss", "", {"epoch"}, {"nats"});
  const std::vector<double> epochs = {1, 2, 3, 4, 5};
  chart.add("train", epochs, std::vector<double>{5, 4, kPageInfinity, 2, 1});
  const std::string html = html_of(chart);
  EXPECT_EQ(count(html, "h0"), 2u);  // a start of each part
  EXPECT_THAT(html, HasSubstr("1 point is not drawn (1 not finite)."));
}

TEST(LineChart, LogarithmicAxisLeavesOutZeros) {
  LineChart chart("Loss", "", {"epoch"}, {"nats", Scale::log});
  const std::vector<double> epochs = {1, 2, 3, 4};
  chart.add("train", epochs, std::vector<double>{0, 0.1, -1, kPageNan});
  const std::string html = html_of(chart);
  EXPECT_THAT(
      html,
      HasSubstr("3 points are not drawn (1 not finite, 2 not positive on a logarithmic axis)."));
  expect_finite(html);
}

TEST(LineChart, LongCurvesKeepTheirExtremes) {
  std::vector<double> x(100000);
  std::vector<double> y(x.size(), 1.0);
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i);
  y[54321] = 9;
  LineChart chart("Loss", "", {"step"}, {"nats"});
  chart.add("train", x, y);
  const std::string html = html_of(chart);
  EXPECT_LT(html.size(), 60000u);
  EXPECT_THAT(html, HasSubstr("greatest 9 at 5.432e4"));
  EXPECT_LE(count(html, "<circle"), 101u);
}

TEST(Histogram, CountsAllValuesOnce) {
  Histogram histogram("Scores", "", {"score"});
  histogram.bins = 2;
  histogram.add("normal", std::vector<double>{0, 1, 1.5, 2, kPageNan});
  const std::string html = html_of(histogram);
  EXPECT_THAT(html, HasSubstr("<title>0 to 1\nnormal: 1</title>"));
  EXPECT_THAT(html, HasSubstr("<title>1 to 2\nnormal: 3</title>"));  // both ends included
  EXPECT_THAT(html, HasSubstr("1 value is not drawn (1 not finite)."));
}

TEST(Histogram, ProbabilityIsOfEachSeries) {
  Histogram histogram("Scores", "", {"score"});
  histogram.bins = 2;
  histogram.probability = true;
  histogram.add("normal", std::vector<double>{0, 0, 0, 2});
  histogram.add("anomalous", std::vector<double>{2, 2});
  const std::string html = html_of(histogram);
  EXPECT_THAT(html, HasSubstr("<title>0 to 1\nnormal: 0.75\nanomalous: 0</title>"));
  EXPECT_THAT(html, HasSubstr("<title>1 to 2\nnormal: 0.25\nanomalous: 1</title>"));
}

TEST(Histogram, DrawsConstantAndNoValues) {
  Histogram constant("Scores", "", {"score"});
  constant.add("all", std::vector<double>(7, 0.25));
  expect_finite(html_of(constant));
  EXPECT_THAT(html_of(constant), HasSubstr("all: 7</title>"));
  Histogram empty("Scores", "", {"score", Scale::log});
  empty.add("all", std::vector<double>{0, -1});
  empty.probability = true;
  const std::string html = html_of(empty);
  expect_finite(html);
  EXPECT_THAT(html, HasSubstr("No values to draw. 2 values are not drawn (2 not positive"));
}

TEST(ScatterPlot, FewPointsAreSvgAndManyACanvas) {
  const std::vector<double> few(5000, 1.0);
  const std::vector<double> many(20000, 1.0);
  EXPECT_THAT(html_of(scatter_of(few, few)), Not(HasSubstr("<canvas>")));
  const std::string html = html_of(scatter_of(many, many));
  EXPECT_EQ(count(html, "<canvas>"), 1u);
  EXPECT_THAT(html, HasSubstr("Scatter plot of 20000 points."));
  EXPECT_LT(html.size(), 400000u);
}

TEST(ScatterPlot, OnePointLiesInTheMiddle) {
  const std::string html = html_of(scatter_of({2.0}, {3.0}));
  EXPECT_THAT(html, HasSubstr("\"x\":[5000],\"y\":[5000]"));
  EXPECT_THAT(html, HasSubstr("Scatter plot of 1 point."));
}

TEST(ScatterPlot, KeepsRowsOfPointsWhenOthersAreLeftOut) {
  ScatterPlot plot = scatter_of({kPageNan, 0, 1, 2}, {0, 0, kPageInfinity, 2});
  plot.labels = {"a", "b", "a", "c"};
  plot.rows = {10, 11, 12, 13};
  const std::string html = html_of(plot);
  EXPECT_THAT(html, HasSubstr("\"index\":[1,3]"));
  EXPECT_THAT(html, HasSubstr("\"rows\":[10,11,12,13]"));
  EXPECT_THAT(html, HasSubstr("\"names\":[\"b\",\"c\"],\"name\":[0,1]"));
  EXPECT_THAT(html, HasSubstr("2 points are not drawn (2 not finite)."));
}

TEST(ScatterPlot, LabelsAreOrderedAsNumbers) {
  ScatterPlot plot = scatter_of({0, 1, 2, 3}, {0, 1, 2, 3});
  plot.labels = {"10", "b", "9", "a"};
  EXPECT_THAT(html_of(plot), HasSubstr("\"names\":[\"9\",\"10\",\"a\",\"b\"]"));
}

TEST(ScatterPlot, ManyDistinctLabelsAreNoClasses) {
  std::vector<double> x(41);
  ScatterPlot plot = scatter_of(x, x);
  for (size_t i = 0; i < x.size(); ++i) plot.labels.push_back("id-" + std::to_string(i));
  const std::string html = html_of(plot);
  EXPECT_THAT(html, HasSubstr("\"apart\":false"));
  EXPECT_THAT(html, Not(HasSubstr("class=\"legend\"")));
}

TEST(ScatterPlot, LabelsCannotLeaveTheScript) {
  ScatterPlot plot = scatter_of({0, 1}, {0, 1});
  plot.labels = {"</script><script>alert(1)</script>", "\"]}\xff"};
  const std::string html = html_of(plot);
  EXPECT_EQ(count(html, "</script>"), 1u);
  EXPECT_EQ(count(html, "<script"), 1u);
  EXPECT_TRUE(is_utf8(html));
}

TEST(ScatterPlot, DrawsNoPoints) {
  const std::string html = html_of(scatter_of({}, {}));
  EXPECT_THAT(html, HasSubstr("No points to draw."));
  EXPECT_THAT(html, HasSubstr("\"x\":[]"));
  expect_finite(html);
}

TEST(ImageFigure, HasSizeAndAlternative) {
  std::string png = "\x89PNG\r\n\x1a\n";
  png += std::string("\0\0\0\rIHDR\0\0\0\x1c\0\0\0\x20", 16);
  const std::string html =
      html_of(ImageFigure("Rows", "Rows above reconstructions.", png, "Digits \"7\" and 2"));
  EXPECT_THAT(html, HasSubstr("width=\"28\" height=\"32\""));
  EXPECT_THAT(html, HasSubstr("alt=\"Digits &quot;7&quot; and 2\""));
  EXPECT_THAT(html, HasSubstr("src=\"data:image/png;base64,iVBORw0KGgo"));
  EXPECT_THAT(html_of(ImageFigure("Rows", "", "PNG", "")), Not(HasSubstr("width=")));
}

TEST(TableFigure, AlignsNumbersAndCompletesRows) {
  TableFigure table("Errors", "", {"model", "mse", "note"});
  table.add({"<vae>", "0.0135", "posterior mean"});
  table.add({"pca", "–"});
  const std::string html = html_of(table);
  EXPECT_THAT(html, HasSubstr("<th scope=\"col\" class=\"number\">mse</th>"));
  EXPECT_THAT(html,
              HasSubstr("<th scope=\"row\">&lt;vae&gt;</th><td class=\"number\">0.0135</td>"));
  EXPECT_THAT(html, HasSubstr("<td>posterior mean</td>"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\">pca</th><td class=\"number\">–</td><td></td>"));
  EXPECT_THAT(html, HasSubstr("tabindex=\"0\""));
}

TEST(Page, IsSelfContainedAndNavigable) {
  Page page{"Run <1>", "a & b", {}};
  page.sections.resize(2);
  page.sections[0].title = "Training & loss";
  page.sections[0].warnings = {"<collapse>"};
  page.sections[0].add<LineChart>("Loss", "", AxisOptions{"epoch"}, AxisOptions{"nats"});
  page.sections[1].title = "Latent space";
  page.sections[1].paragraphs = {"Codes."};
  const std::string html = page.html();
  EXPECT_THAT(html, HasSubstr("<title>Run &lt;1&gt;</title>"));
  EXPECT_THAT(html, HasSubstr("<a href=\"#section-1\">Training &amp; loss</a>"));
  EXPECT_THAT(html, HasSubstr("<section id=\"section-2\""));
  EXPECT_THAT(html, HasSubstr("<strong>Warning:</strong> &lt;collapse&gt;"));
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
  EXPECT_THAT(html, Not(HasSubstr("http:")));
  EXPECT_THAT(html, Not(HasSubstr("https:")));
  EXPECT_EQ(count(html, "<script"), 1u);
  EXPECT_TRUE(is_utf8(html));
}

TEST(Page, StoresASharedSpriteSheetOnce) {
  const auto sheet =
      std::make_shared<const SpriteSheet>(SpriteSheet{"unlikely bytes", 28, 28, 10, 100});
  Page page{"Run", "", {}};
  page.sections.resize(1);
  const std::vector<double> x = {0, 1};
  for (int i = 0; i < 2; ++i) {
    page.sections[0].add<ScatterPlot>("Codes", "", AxisOptions{}, AxisOptions{}, x, x).pictures =
        sheet;
  }
  const std::string html = page.html();
  EXPECT_EQ(count(html, base64("unlikely bytes")), 1u);
  EXPECT_EQ(count(html, "\"css\":\"sprite-0\""), 2u);
}

TEST(Page, IdentifiersAreDistinct) {
  Page page{"Run", "", {}};
  page.sections.resize(2);
  for (PageSection& section : page.sections) {
    section.add<LineChart>("Loss", "", AxisOptions{}, AxisOptions{});
    section.add<TableFigure>("Errors", "", std::vector<std::string>{"model"});
  }
  const std::string html = page.html();
  EXPECT_GE(count(html, " id=\""), 8u);
  for (size_t at = html.find(" id=\""); at != std::string::npos; at = html.find(" id=\"", at + 1)) {
    const size_t end = html.find('"', at + 5);
    EXPECT_EQ(count(html, html.substr(at, end + 1 - at)), 1u);
  }
}

}  // namespace
}  // namespace ae
