#include "report/page/markup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "core/utf8.h"
#include "report/page/axis.h"

namespace ae {
namespace {

std::vector<std::string> texts(const std::vector<Tick>& ticks) {
  std::vector<std::string> texts;
  for (const Tick& tick : ticks) texts.push_back(tick.text);
  return texts;
}

TEST(HtmlEscaped, ReplacesMarkupAndControlsAndInvalidBytes) {
  EXPECT_EQ(html_escaped("<b class=\"x\">'&'</b>"),
            "&lt;b class=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/b&gt;");
  EXPECT_EQ(html_escaped("é 日本 🙂\t\n"), "é 日本 🙂\t\n");
  EXPECT_EQ(html_escaped(std::string_view("a\0b\x1b\x7f", 5)), "a\uFFFDb\uFFFD\uFFFD");
  EXPECT_EQ(html_escaped("\xff\xc3"), "\uFFFD\uFFFD");
  EXPECT_EQ(html_escaped("\xc2\x9b"), "\uFFFD");  // a C1 control
}

TEST(ScriptString, CannotEndTheScript) {
  EXPECT_EQ(script_string("</script><!--"), R"("\u003c/script\u003e\u003c!--")");
  EXPECT_EQ(script_string("a\"b\\c\nd\x01"), "\"a\\\"b\\\\c\\nd\uFFFD\"");
}

TEST(Base64, PadsLastGroup) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xff\xfe"), "//4=");
}

TEST(Numbers, HaveFewDigits) {
  EXPECT_EQ(coordinate_text(12.04), "12");
  EXPECT_EQ(coordinate_text(-0.01), "0");
  EXPECT_EQ(coordinate_text(3.25001), "3.3");
  EXPECT_EQ(short_number(0.0123456), "0.01235");
  EXPECT_EQ(short_number(1234567), "1.235e6");
  EXPECT_EQ(short_number(1e-10), "1e-10");
  EXPECT_EQ(short_number(0), "0");
}

TEST(Axis, TicksAreRound) {
  EXPECT_EQ(texts(Axis(0, 10, Scale::linear).ticks(6)),
            (std::vector<std::string>{"0", "2", "4", "6", "8", "10"}));
  EXPECT_EQ(texts(Axis(-0.03, 0.11, Scale::linear).ticks(4)),
            (std::vector<std::string>{"0", "0.05", "0.10"}));
  EXPECT_EQ(texts(Axis(0, 4e8, Scale::linear).ticks(4)),
            (std::vector<std::string>{"0", "1e8", "2e8", "3e8", "4e8"}));
  EXPECT_EQ(texts(Axis(1e-4, 10, Scale::log).ticks(6)),
            (std::vector<std::string>{"0.0001", "0.001", "0.01", "0.1", "1", "10"}));
  EXPECT_EQ(texts(Axis(0.4, 9, Scale::log).ticks(6)),
            (std::vector<std::string>{"0.5", "1", "2", "5"}));
}

TEST(Axis, NearbyLargeValuesHaveDistinctTicks) {
  const auto labels = texts(Axis(1e9, 1e9 + 4, Scale::linear).ticks(4));
  ASSERT_EQ(labels.size(), 5u);
  for (size_t i = 1; i < labels.size(); ++i) EXPECT_NE(labels[i], labels[i - 1]);
}

TEST(Axis, ConstantAndExtremeValuesHaveARange) {
  for (const Scale scale : {Scale::linear, Scale::log}) {
    for (const std::vector<double>& values : {std::vector<double>{},
                                              {3.5},
                                              {1e300, 1e300},
                                              {1e-300, 1e300},
                                              {1e-300},
                                              {1.0, std::nextafter(1.0, 2.0)}}) {
      const Axis axis(values, scale, 0.05);
      EXPECT_LT(axis.low(), axis.high());
      EXPECT_TRUE(std::isfinite(axis.high()));
      for (const double value : values) {
        EXPECT_GE(axis.position(value), 0);
        EXPECT_LE(axis.position(value), 1);
      }
      EXPECT_FALSE(axis.ticks(6).empty());
      EXPECT_LE(axis.ticks(6).size(), 8u);
    }
  }
}

TEST(Axis, ValueInvertsPosition) {
  const Axis axis(std::vector<double>{0.01, 100}, Scale::log, 0.05);
  EXPECT_NEAR(axis.value(axis.position(3)), 3, 1e-9);
}

}  // namespace
}  // namespace ae
