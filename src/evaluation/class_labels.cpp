#include "evaluation/class_labels.h"

#include <algorithm>

#include "core/error.h"
#include "core/text.h"

namespace ae {
namespace {

constexpr int64_t kMaxClasses = 1000;

void check_present(const EvaluationData& data) {
  if (!data.splits.train.has_labels()) {
    throw data_error(
        "{}: the training rows have no labels to train the probe on; name a file or a column with "
        "--train-labels, or in the config of the next run with data.train.labels",
        data.splits.train.data->path.string());
  }
  if (!data.rows.has_labels()) {
    throw data_error(
        "{}: the {} rows have no labels to compare with; name a file or a column with --labels{}",
        data.rows.data->path.string(), data.name,
        data.name == "given"
            ? ""
            : fmt::format(", or in the config of the next run with data.{}.labels", data.name));
  }
  const bool train_texts = !data.splits.train.data->labels.names.empty();
  if (train_texts == data.rows.data->labels.names.empty()) {
    throw data_error("{}: labels are {}, those of the training rows in {} are {}; use one kind",
                     data.rows.data->path.string(), train_texts ? "numbers" : "texts",
                     data.splits.train.data->path.string(), train_texts ? "texts" : "numbers");
  }
}

/// Distinct labels in ascending order.
std::vector<int64_t> distinct(std::vector<int64_t> labels) {
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  return labels;
}

void check_classes(const std::string& path, int64_t classes, int64_t rows) {
  if (classes < 2) {
    throw data_error("{}: all {} training rows have one label; expected at least two classes", path,
                     grouped(rows));
  }
  if (classes > kMaxClasses || classes > rows / 2) {
    throw data_error(
        "{}: {} different labels on {} training rows; expected at most {} classes, with two rows "
        "or more each on average. If these are ids or a regression target, name class labels with "
        "--train-labels",
        path, grouped(classes), grouped(rows), grouped(kMaxClasses));
  }
}

std::string name_of(int64_t label, const std::vector<std::string>& names) {
  return names.empty() ? std::to_string(label) : names[static_cast<size_t>(label)];
}

}  // namespace

int64_t ClassLabels::unseen_rows() const { return std::count(rows.begin(), rows.end(), -1); }

ClassLabels class_labels(const EvaluationData& data) {
  check_present(data);
  ClassLabels out{data.splits.train.labels(), data.rows.labels(), {}, {}};
  const std::vector<int64_t> known = distinct(out.train);
  check_classes(data.splits.train.data->path.string(), static_cast<int64_t>(known.size()),
                data.splits.train.count());
  // Text labels have the same numbers in both sets; those only in the evaluated rows come last.
  const std::vector<std::string>& names = data.rows.data->labels.names;
  for (const int64_t label : known) out.names.push_back(name_of(label, names));
  for (const int64_t label : distinct(out.rows)) {
    if (!std::binary_search(known.begin(), known.end(), label)) {
      out.unseen.push_back(name_of(label, names));
    }
  }
  const auto to_class = [&known](int64_t label) -> int64_t {
    const auto at = std::lower_bound(known.begin(), known.end(), label);
    return at == known.end() || *at != label ? -1 : at - known.begin();
  };
  std::transform(out.train.begin(), out.train.end(), out.train.begin(), to_class);
  std::transform(out.rows.begin(), out.rows.end(), out.rows.begin(), to_class);
  return out;
}

}  // namespace ae
