#include "report/tensorboard/summary.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

namespace ae {
namespace {

constexpr std::string_view kFileVersion = "brain.Event:2";
constexpr std::string_view kSessionEndTag = "_hparams_/session_end_info";

// Numbers of fields, by message. Source: tensorboard/compat/proto and plugins/hparams/*.proto.
namespace event_field {
constexpr uint32_t kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5;
}
namespace value_field {
constexpr uint32_t kTag = 1, kSimpleValue = 2, kImage = 4, kHistogram = 5, kTensor = 8,
                   kMetadata = 9;
}
namespace hparams_field {
constexpr uint32_t kExperiment = 2, kSessionStart = 3, kSessionEnd = 4;
}
constexpr uint32_t kSummaryValue = 1;

/// Limits of the bins, ascending.
const std::vector<double>& default_limits() {
  static const std::vector<double> kLimits = [] {
    std::vector<double> positive;
    // The product is accumulated, as in torch.utils.tensorboard, to the same last bit.
    for (double limit = 1e-12; limit < 1e20; limit *= 1.1) positive.push_back(limit);
    std::vector<double> limits(positive.rbegin(), positive.rend());
    for (double& limit : limits) limit = -limit;
    limits.push_back(0);
    limits.insert(limits.end(), positive.begin(), positive.end());
    return limits;
  }();
  return kLimits;
}

/// HistogramProto of values; null if none is finite.
template <class T>
std::optional<ProtobufMessage> histogram_message(std::span<const T> values) {
  const std::vector<double>& limits = default_limits();
  std::vector<double> counts(limits.size() - 1);
  double min = INFINITY, max = -INFINITY, n = 0, sum = 0, squares = 0;
  for (const T element : values) {
    const auto value = static_cast<double>(element);
    if (!std::isfinite(value)) continue;
    min = std::min(min, value);
    max = std::max(max, value);
    ++n;
    sum += value;
    squares += value * value;
    // Bins are half-open, [lower, upper), but for the last.
    const auto above = std::upper_bound(limits.begin() + 1, limits.end() - 1, value);
    ++counts[static_cast<size_t>(above - limits.begin() - 1)];
  }
  if (n == 0) return std::nullopt;
  size_t first = 0;
  while (counts[first] == 0) ++first;
  size_t last = counts.size() - 1;
  while (counts[last] == 0) --last;
  // The format holds upper limits only: an empty bin before the first gives the lower limit.
  std::vector<double> held{0};
  held.insert(held.end(), counts.begin() + static_cast<ptrdiff_t>(first),
              counts.begin() + static_cast<ptrdiff_t>(last) + 1);
  ProtobufMessage message;
  message.number(1, min).number(2, max).number(3, n).number(4, sum).number(5, squares);
  message.numbers(6, std::span(limits).subspan(first, last - first + 2)).numbers(7, held);
  return message;
}

/// Big-endian number of four bytes at an offset.
uint32_t big_endian_number(std::string_view bytes, size_t offset) {
  uint32_t value = 0;
  for (const char byte : bytes.substr(offset, 4)) value = value << 8 | static_cast<uint8_t>(byte);
  return value;
}

/// Values of a pixel by the color type of a PNG file.
int64_t png_channels(uint8_t color_type) {
  return color_type == 0 ? 1 : color_type == 4 ? 2 : color_type == 6 ? 4 : 3;
}

/// google.protobuf.Value, and DataType of the hparams plugin.
std::pair<ProtobufMessage, int64_t> hyperparameter_message(const HyperparameterValue& value) {
  ProtobufMessage message;
  if (const auto* number = std::get_if<double>(&value)) return {message.number(2, *number), 3};
  if (const auto* flag = std::get_if<bool>(&value)) return {message.integer(4, *flag ? 1 : 0), 2};
  return {message.text(3, std::get<std::string>(value)), 1};
}

}  // namespace

void EventSummary::add(std::string_view tag, std::string_view plugin,
                       const ProtobufMessage& metadata, const ProtobufMessage& value) {
  ProtobufMessage plugin_data;
  plugin_data.text(1, plugin).message(2, metadata);
  ProtobufMessage added;
  added.text(value_field::kTag, tag);
  added.append(value);
  added.message(value_field::kMetadata, ProtobufMessage().message(1, plugin_data));
  values_.message(kSummaryValue, added);
}

EventSummary& EventSummary::scalar(std::string_view tag, float value) {
  add(tag, "scalars", {}, ProtobufMessage().number(value_field::kSimpleValue, value));
  return *this;
}

EventSummary& EventSummary::image(std::string_view tag, std::string_view png) {
  ProtobufMessage image;
  // Of the header chunk: width, height, bits of a sample, color type.
  constexpr size_t kWidthOffset = 16;
  if (png.size() > kWidthOffset + 9) {
    image.integer(1, big_endian_number(png, kWidthOffset + 4));
    image.integer(2, big_endian_number(png, kWidthOffset));
    image.integer(3, png_channels(static_cast<uint8_t>(png[kWidthOffset + 9])));
  }
  image.bytes(4, png);
  add(tag, "images", {}, ProtobufMessage().message(value_field::kImage, image));
  return *this;
}

EventSummary& EventSummary::histogram(std::string_view tag, std::span<const float> values) {
  const auto message = histogram_message(values);
  if (message) {
    add(tag, "histograms", {}, ProtobufMessage().message(value_field::kHistogram, *message));
  }
  return *this;
}

EventSummary& EventSummary::histogram(std::string_view tag, std::span<const double> values) {
  const auto message = histogram_message(values);
  if (message) {
    add(tag, "histograms", {}, ProtobufMessage().message(value_field::kHistogram, *message));
  }
  return *this;
}

EventSummary& EventSummary::text(std::string_view tag, std::string_view text) {
  constexpr int64_t kStringType = 7;  // DT_STRING
  ProtobufMessage dimension;
  dimension.integer(1, 1);
  ProtobufMessage tensor;
  tensor.integer(1, kStringType).message(2, ProtobufMessage().message(2, dimension));
  tensor.text(8, text);
  add(std::string(tag) + "/text_summary", "text", {},
      ProtobufMessage().message(value_field::kTensor, tensor));
  return *this;
}

EventSummary& EventSummary::session_start(const Hyperparameters& hyperparameters,
                                          std::span<const std::string> metric_tags) {
  ProtobufMessage experiment;
  ProtobufMessage start;
  for (const auto& [name, value] : hyperparameters) {
    const auto [message, type] = hyperparameter_message(value);
    experiment.message(4, ProtobufMessage().text(1, name).integer(4, type));
    start.message(1, ProtobufMessage().text(1, name).message(2, message));
  }
  for (const std::string& tag : metric_tags) {
    experiment.message(5, ProtobufMessage().message(1, ProtobufMessage().text(2, tag)));
  }
  add("_hparams_/experiment", "hparams",
      ProtobufMessage().message(hparams_field::kExperiment, experiment), {});
  add("_hparams_/session_start_info", "hparams",
      ProtobufMessage().message(hparams_field::kSessionStart, start), {});
  return *this;
}

EventSummary& EventSummary::session_end(SessionStatus status) {
  ProtobufMessage end;
  end.integer(1, static_cast<int64_t>(status));
  add(kSessionEndTag, "hparams", ProtobufMessage().message(hparams_field::kSessionEnd, end), {});
  return *this;
}

double wall_clock_seconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

std::string serialized_event(double wall_time, int64_t step, const EventSummary& summary) {
  ProtobufMessage event;
  event.number(event_field::kWallTime, wall_time).integer(event_field::kStep, step);
  event.message(event_field::kSummary, summary.message());
  return event.serialized();
}

std::string serialized_version(double wall_time) {
  ProtobufMessage event;
  event.number(event_field::kWallTime, wall_time).text(event_field::kFileVersion, kFileVersion);
  return event.serialized();
}

bool is_session_end(std::string_view tag) { return tag == kSessionEndTag; }

std::optional<StoredEvent> parse_event(std::string_view event) {
  const auto step = protobuf_integer(event, event_field::kStep);
  const auto version = protobuf_bytes(event, event_field::kFileVersion);
  const auto summary = protobuf_bytes(event, event_field::kSummary);
  if (!step || !version || !summary) return std::nullopt;
  const auto value = protobuf_bytes(*summary, kSummaryValue);
  if (!value) return std::nullopt;
  const auto tag = protobuf_bytes(*value, value_field::kTag);
  if (!tag) return std::nullopt;
  return StoredEvent{.step = *step, .is_version = !version->empty(), .tag = *tag};
}

}  // namespace ae
