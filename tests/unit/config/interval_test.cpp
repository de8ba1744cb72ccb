#include "config/interval.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/reader.h"
#include "config/writer.h"
#include "error_matchers.h"

namespace ae {
namespace {

struct Options {
  Interval interval;
  Interval length;
  std::optional<Interval> maybe;

  void visit(OptionVisitor& visitor) {
    interval.declare(visitor, "interval", "An interval.");
    length.declare_length(visitor, "length", "A length.");
    Interval::declare_length(visitor, "maybe", maybe, "A length or none.");
  }
};

Options read(const char* name, const Json& value) {
  Options options;
  read_options(Json{{name, value}}, {"test.json", {}, {}}, options);
  return options;
}

using Unit = Interval::Unit;

TEST(Interval, IsANumberAndAUnit) {
  const struct {
    const char* text;
    double amount;
    Unit unit;
  } cases[] = {{"10e", 10, Unit::epochs},     {"5000u", 5000, Unit::updates},
               {"30s", 30, Unit::seconds},    {"1.5s", 1.5, Unit::seconds},
               {"10min", 600, Unit::seconds}, {"2h", 7200, Unit::seconds}};
  for (const auto& [text, amount, unit] : cases) {
    const Interval interval = read("interval", text).interval;
    EXPECT_EQ(interval.amount, amount) << text;
    EXPECT_EQ(interval.unit, unit) << text;
  }
}

TEST(Interval, RefusesTheRest) {
  for (const Json& text : std::vector<Json>{
           "10",   "e",    "0e",     "-1e", "1.5e",  "2.5u",  "10 e",  "10m",
           "nans", "infs", "1e400s", "",    10,      nullptr, "0x10u", "1e3u",
           "1.e",  "1.s",  ".5s",    "+1e", "10.0e", "0.0s",  "1E",    "1000000000000000u",
           "3e\n"}) {
    EXPECT_THAT([&] { read("interval", text); },
                fails_with(ErrorKind::usage, "interval = ", "an interval such as \"10e\" (epochs)"))
        << text;
  }
}

TEST(Interval, IsWrittenAsItIsRead) {
  for (const char* text :
       {"10e", "5000u", "30s", "0.25s", "100000000u", "0.00001s", "999999999999999u"}) {
    const Interval interval = read("interval", text).interval;
    const Json written = options_json(read("interval", text))["interval"];
    EXPECT_EQ(written, text);
    EXPECT_EQ(read("interval", written).interval.amount, interval.amount) << text;
    EXPECT_EQ(read("interval", written).interval.unit, interval.unit) << text;
  }
}

TEST(Length, IsAnIntervalInEpochsOrUpdates) {
  EXPECT_EQ(read("length", "10e").length.unit, Unit::epochs);
  EXPECT_EQ(read("length", "5000u").length.amount, 5000);
  for (const Json& text : std::vector<Json>{"30s", "10min", "2h", "1.5e", "0u", 10, nullptr}) {
    EXPECT_THAT([&] { read("length", text); },
                fails_with(ErrorKind::usage, "length = ", "a length such as \"10e\" (epochs)"))
        << text;
  }
}

TEST(Length, MayBeAbsentWhereItSaysSo) {
  EXPECT_FALSE(read("length", "1e").maybe);
  EXPECT_FALSE(read("maybe", nullptr).maybe);
  EXPECT_EQ(read("maybe", "3u").maybe.value().text(), "3u");
  EXPECT_EQ(options_json(read("maybe", "3u"))["maybe"], "3u");
  EXPECT_TRUE(options_json(Options())["maybe"].is_null());
  EXPECT_THAT([] { read("maybe", "3s"); }, fails_with(ErrorKind::usage, "maybe = ", ", or null"));
}

TEST(Length, IsSoManyUpdates) {
  EXPECT_EQ((Interval{10, Unit::epochs}.updates(469)), 4'690);
  EXPECT_EQ((Interval{10, Unit::updates}.updates(469)), 10);
  EXPECT_GT((Interval{1e300, Unit::epochs}.updates(469)), int64_t{1} << 60);
}

}  // namespace
}  // namespace ae
