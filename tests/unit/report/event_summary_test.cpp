#include "report/tensorboard/summary.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace ae {
namespace {

using testing::EndsWith;
using testing::StartsWith;

TEST(SummaryTest, HistogramLeavesOutWhatIsNotFinite) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> none = {nan, INFINITY, -INFINITY};
  EXPECT_TRUE(EventSummary().histogram("h", std::span<const float>(none)).empty());
  EXPECT_TRUE(EventSummary().histogram("h", std::span<const float>()).empty());
  const std::vector<float> one = {nan, 0};
  const std::vector<float> zero = {0};
  EXPECT_EQ(EventSummary().histogram("h", std::span<const float>(one)).message().serialized(),
            EventSummary().histogram("h", std::span<const float>(zero)).message().serialized());
}

/// Field 5 (histogram) of the only value.
std::string_view histogram_of(const EventSummary& summary) {
  return *protobuf_bytes(*protobuf_bytes(summary.message().serialized(), 1), 5);
}

TEST(SummaryTest, HistogramHasAnEmptyBinBeforeTheFirst) {
  const std::vector<double> zeros = {0, 0, 0};
  const EventSummary summary = EventSummary().histogram("h", std::span<const double>(zeros));
  ProtobufMessage expected;
  expected.numbers(6, std::vector<double>{0, 1e-12}).numbers(7, std::vector<double>{0, 3});
  EXPECT_THAT(std::string(histogram_of(summary)), EndsWith(expected.serialized()));
}

TEST(SummaryTest, HistogramCountsValuesBeyondItsLimits) {
  const std::vector<double> values = {-1e30, 1e30};
  const EventSummary summary = EventSummary().histogram("h", std::span<const double>(values));
  const std::string_view counts = *protobuf_bytes(histogram_of(summary), 7);
  const std::string one = ProtobufMessage().number(1, 1.0).serialized().substr(1);
  EXPECT_THAT(std::string(counts), StartsWith(std::string(8, '\0') + one));
  EXPECT_THAT(std::string(counts), EndsWith(one));
}

TEST(SummaryTest, ImageHasTheSizeOfItsHeader) {
  const std::string png = std::string("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\1\2\0\0\0\7\x08\2", 26);
  const EventSummary summary = EventSummary().image("i", png);
  const std::string_view image =
      *protobuf_bytes(*protobuf_bytes(summary.message().serialized(), 1), 4);
  EXPECT_EQ(protobuf_integer(image, 1), 7);
  EXPECT_EQ(protobuf_integer(image, 2), 258);
  EXPECT_EQ(protobuf_integer(image, 3), 3);
  EXPECT_EQ(protobuf_bytes(image, 4), png);
}

TEST(SummaryTest, EventsAreParsed) {
  const auto event =
      parse_event(serialized_event(1.5, 7, EventSummary().scalar("a", 1).scalar("b", 2)));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->step, 7);
  EXPECT_FALSE(event->is_version);
  EXPECT_TRUE(parse_event(serialized_version(1.5))->is_version);
  const std::string bytes = serialized_event(1.5, 7, EventSummary().text("a", "b"));
  EXPECT_EQ(parse_event(bytes)->tag, "a/text_summary");
  EXPECT_FALSE(parse_event(std::string_view(bytes).substr(0, bytes.size() - 1)));
  EXPECT_TRUE(is_session_end("_hparams_/session_end_info"));
}

}  // namespace
}  // namespace ae
