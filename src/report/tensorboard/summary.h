#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "report/tensorboard/protobuf.h"

namespace ae {

/// Value of a hyperparameter; a number is finite, as in JSON.
using HyperparameterValue = std::variant<double, bool, std::string>;
/// Hyperparameters by their names, in the order of display.
using Hyperparameters = std::vector<std::pair<std::string, HyperparameterValue>>;

/// State of a training run in TensorBoard's table of hyperparameters; the format's numbers.
enum class SessionStatus : uint8_t { success = 1, failure = 2 };

/// Values that TensorBoard shows, each under a tag; those of one step form one event. A "/" in a
/// tag separates a group from a name: "train/loss". Layout and plugins are those of
/// torch.utils.tensorboard.
class EventSummary {
 public:
  EventSummary& scalar(std::string_view tag, float value);
  /// @param png  a complete PNG file
  EventSummary& image(std::string_view tag, std::string_view png);
  /// Histogram with torch.utils.tensorboard's default bins, whose limits are 0 and ±1e-12 · 1.1^i
  /// up to ±1e20. The outermost bins also count the values beyond them. Values that are not finite
  /// are left out; nothing is added if there are no others.
  EventSummary& histogram(std::string_view tag, std::span<const float> values);
  EventSummary& histogram(std::string_view tag, std::span<const double> values);
  /// Text in Markdown, shown under `tag`/text_summary.
  EventSummary& text(std::string_view tag, std::string_view text);
  /// Hyperparameters of the run, and the tags of the scalars that are shown beside them. Once a
  /// file, before session_end().
  EventSummary& session_start(const Hyperparameters& hyperparameters,
                              std::span<const std::string> metric_tags);
  /// End of the run.
  EventSummary& session_end(SessionStatus status);

  /// True if it holds no value.
  bool empty() const { return values_.serialized().empty(); }
  /// Fields of the format's Summary message.
  const ProtobufMessage& message() const { return values_; }

 private:
  /// Adds a value. @param metadata  content of the plugin's message
  void add(std::string_view tag, std::string_view plugin, const ProtobufMessage& metadata,
           const ProtobufMessage& value);

  ProtobufMessage values_;
};

/// Time of an event: seconds since 1970.
double wall_clock_seconds();
/// Serialized event. @param wall_time  seconds since 1970
std::string serialized_event(double wall_time, int64_t step, const EventSummary& summary);
/// Serialized first event of a file.
std::string serialized_version(double wall_time);

/// True for the tag of session_end(), which is written after training.
bool is_session_end(std::string_view tag);

/// Parts of a stored event by which a resumed run keeps or drops it.
struct StoredEvent {
  int64_t step = 0;
  bool is_version = false;  // the first event of a file
  std::string_view tag;     // of the first value; empty if there is none
};

/// Parts of a serialized event, which outlives them; null if it is damaged.
std::optional<StoredEvent> parse_event(std::string_view event);

}  // namespace ae
