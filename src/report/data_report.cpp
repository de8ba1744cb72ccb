#include "report/data_report.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "core/text.h"
#include "io/quote.h"
#include "report/column_table.h"

namespace ae {
namespace {

template <class Visit>
void for_each_split(const Splits& splits, const Visit& visit) {
  visit("train", splits.train);
  if (splits.validation) visit("validation", *splits.validation);
  if (splits.test) visit("test", *splits.test);
}

/// Line on how values are scaled; empty if they are left as they are.
std::string scaling_text(const Preprocessing& preprocessing) {
  if (preprocessing.features) {
    const std::string summary = preprocessing.features->summary();
    std::string text = summary.empty() ? "" : "\npreprocessing: " + summary;
    for (const std::string& note : preprocessing.features->notes()) text += "\n" + note;
    return text;
  }
  const Scaling& scaling = preprocessing.scaling;
  const double offset = preprocessing.reading_offset + scaling.offset;
  if (offset == 0 && scaling.divisor == 1) {
    const bool flags = preprocessing.dtype == DType::uint8 && preprocessing.range.is_recorded() &&
                       preprocessing.range.high.front() <= 1;
    return flags ? "\nnot scaled: the bytes are 0 and 1, not parts of 255" : "";
  }
  if (offset == 0) return fmt::format("\nscaled: divided by {}", scaling.divisor);
  return fmt::format("\nscaled: (x - {}) / {}{}", offset, scaling.divisor,
                     preprocessing.reading_offset != 0 ? ", the difference in double" : "");
}

/// Shape of the rows before the model's features are made of them.
const std::vector<int64_t>& read_shape(const RowSet& set, const Preprocessing& preprocessing) {
  return preprocessing.features ? set.data->arrangement.shape : preprocessing.shape;
}

/// Rows of each label: "0 (178), 1 (182), …"; empty without labels.
std::string label_counts_text(const Labels& labels, const RowSet& set) {
  constexpr size_t kShown = 12;
  const auto counts = label_counts(labels, set.rows);
  const bool quoted = !labels.names.empty();
  std::vector<std::string> parts;
  for (const auto& [label, count] : counts) {
    if (parts.size() == kShown) {
      parts.push_back(fmt::format("… {} labels in all", counts.size()));
      break;
    }
    parts.push_back(fmt::format("{} ({})", quoted ? quote(label) : label, grouped(count)));
  }
  return join(parts);
}

/// The most frequent labels.
Json label_counts_json(const Labels& labels, const RowSet& set) {
  constexpr size_t kMost = 1000;
  Json json = Json::array();
  for (const auto& [label, count] : label_counts(labels, set.rows)) {
    json.push_back({{"label", label}, {"rows", count}});
    if (json.size() == kMost) break;
  }
  return json;
}

/// Lines on labels and equal rows.
std::string rows_text(const RowSet& train, const EqualRows& equal) {
  std::string text;
  if (train.has_labels()) {
    text += "\nlabels of the training rows: " + label_counts_text(train.data->labels, train);
  }
  for (const NamedLabels& further : train.data->further_labels) {
    text += fmt::format("\nlabels {}: {}", quote(further.name),
                        label_counts_text(further.labels, train));
  }
  if (equal.repeated > 0) {
    text += fmt::format("\n{} of {} training rows equal an earlier one", grouped(equal.repeated),
                        grouped(train.count()));
  }
  for (const auto& shared : equal.shared) {
    if (shared.rows == 0) continue;
    text += fmt::format(
        "\n{} of {} {} rows equal a training row, so that their errors say little "
        "of new rows",
        grouped(shared.rows), grouped(shared.of), shared.split);
  }
  return text;
}

/// Lines on columns that are equal.
std::string columns_text(const std::vector<ColumnSummary>& columns) {
  constexpr size_t kShownGroups = 5;
  constexpr size_t kShownNames = 8;
  std::string text;
  const auto groups = equal_columns(columns);
  for (size_t i = 0; i < std::min(groups.size(), kShownGroups); ++i) {
    std::vector<std::string> names;
    for (const std::string& name : groups[i]) names.push_back(quote(name));
    const size_t all = names.size();
    if (all > kShownNames) names.resize(kShownNames);
    text += fmt::format("\ncolumns {}{} are equal in all training rows", join(names),
                        all > kShownNames ? fmt::format(" and {} more", all - kShownNames) : "");
  }
  return text;
}

}  // namespace

std::string data_text(const Splits& splits, const EqualRows& equal) {
  std::string text;
  for_each_split(splits, [&](const char* name, const RowSet& set) {
    const std::optional<bool> header = set.data->info.has_header;
    text += fmt::format(
        "{}{}: {} rows{}, from {}{}{}{}", text.empty() ? "" : "\n", name, grouped(set.count()),
        arrangement_text({set.data->arrangement.file_shape, read_shape(set, splits.preprocessing),
                          set.data->arrangement.channels_last}),
        set.data->path.string(), set.has_labels() ? ", with labels" : "",
        !header   ? ""
        : *header ? ", columns named by its header line"
                  : ", no header line: columns are numbered from 1",
        set.data->info.dialect.empty() ? "" : ", " + set.data->info.dialect);
    if (const auto& target = set.data->target) {
      text += fmt::format("; targets: rows of {}, from {}",
                          shape_text(splits.preprocessing.target->shape), target->path.string());
    }
  });
  return text + scaling_text(splits.preprocessing) + rows_text(splits.train, equal) +
         columns_text(splits.columns);
}

Json data_json(const Splits& splits, const EqualRows& equal) {
  Json json = Json::object();
  for_each_split(splits, [&](const char* name, const RowSet& set) {
    json[name] = {{"path", set.data->path.string()},
                  {"fingerprint", set.data->fingerprint},
                  {"rows", set.count()},
                  {"labels", set.has_labels()}};
    if (!set.has_labels()) return;
    json[name]["label_counts"] = label_counts_json(set.data->labels, set);
    for (const NamedLabels& further : set.data->further_labels) {
      json[name]["further_label_counts"][further.name] = label_counts_json(further.labels, set);
    }
  });
  if (const auto& target = splits.train.data->target) json["target"] = target->path.string();
  json["repeated_rows"] = equal.repeated;
  for (const auto& shared : equal.shared) json[shared.split]["rows_of_training"] = shared.rows;
  json["preprocessing"] = splits.preprocessing.to_json();
  json["columns"] = columns_json(splits);
  json["equal_columns"] = equal_columns(splits.columns);
  return json;
}

}  // namespace ae
