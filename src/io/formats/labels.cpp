#include "io/formats/labels.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "io/formats/csv_number.h"
#include "io/formats/format.h"

namespace ae {

std::optional<int64_t> whole_number(std::string_view text) {
  if (const auto integer = parse_integer(text)) return integer;
  constexpr double kExactlyWhole = 9007199254740992.0;  // 2^53
  const auto number = parse_double(text);
  if (!number || std::trunc(*number) != *number || std::abs(*number) > kExactlyWhole) {
    return std::nullopt;
  }
  return static_cast<int64_t>(*number);
}

Labels read_labels(const std::filesystem::path& path, std::optional<int64_t> rows) {
  ByteReader reader(path);
  const Format& format = recognise(reader);
  Labels labels = format.labels(std::move(reader), rows);
  const auto count = static_cast<int64_t>(labels.values.size());
  if (rows && count != *rows) {
    throw data_error("{}: {} labels for {} rows; expected one label per row of the data",
                     path.string(), grouped(count), grouped(*rows));
  }
  return labels;
}

Labels labels_from_text(const std::vector<std::string>& texts) {
  Labels labels;
  labels.values.reserve(texts.size());
  for (const std::string& text : texts) {
    const auto value = whole_number(text);
    if (!value) break;
    labels.values.push_back(*value);
  }
  if (labels.values.size() == texts.size()) return labels;

  labels.values.clear();
  labels.names = texts;
  std::sort(labels.names.begin(), labels.names.end());
  labels.names.erase(std::unique(labels.names.begin(), labels.names.end()), labels.names.end());
  for (const std::string& text : texts) {
    const auto at = std::lower_bound(labels.names.begin(), labels.names.end(), text);
    labels.values.push_back(at - labels.names.begin());
  }
  return labels;
}

}  // namespace ae
