#include "data/splits.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/text.h"
#include "data/fitting.h"
#include "data/holding_out.h"

namespace ae {
namespace {

RowSet all_rows(std::shared_ptr<const Dataset> data) {
  std::vector<int64_t> rows(static_cast<size_t>(data->count()));
  std::iota(rows.begin(), rows.end(), int64_t{0});
  return {std::move(data), std::move(rows)};
}

/// Reads the targets of a file's rows, if its options name some.
/// @throws Error(data) if there is not one for each row
std::shared_ptr<Dataset> load_target(const SourceOptions& source, const DataLocations& locations,
                                     const FileReading& reading, const Dataset& inputs) {
  auto target = std::make_shared<Dataset>(load_dataset(source, locations, reading));
  if (target->count() == inputs.count()) return target;
  throw data_error("{}: has {} rows, {} has {}; expected a target for each row",
                   target->path.string(), grouped(target->count()), inputs.path.string(),
                   grouped(inputs.count()));
}

/// The columns of a table that are targets are no input.
SourceOptions without_targets(SourceOptions source) {
  const auto& columns = source.target.columns;
  source.exclude.insert(source.exclude.end(), columns.begin(), columns.end());
  return source;
}

/// Loads the training rows' targets and fits their preprocessing, by the same options.
void add_training_targets(const DataOptions& options, const DataLocations& locations,
                          const SplitRequest& request, std::span<const int64_t> rows,
                          Dataset& train, Preprocessing& preprocessing) {
  const auto source = options.train.target_source();
  if (!source) return;
  DataOptions own = options;
  own.train = *source;
  own.types.clear();  // may name columns of the input
  if (!options.train.target.path.empty()) own.shape.clear();
  const SplitRequest wanted{
      .standardize_tables = request.standardize_tables,
      .bounded_columns = request.bounded_columns,
      .stored = request.stored != nullptr ? request.stored->target.get() : nullptr};
  const auto target = load_target(*source, locations, training_reading(own, wanted), train);
  if (wanted.stored == nullptr) sort_categories(*target);
  Preprocessing fitted = fit_preprocessing(own, *target, rows, wanted);
  make_features(*target, fitted);
  preprocessing.target = std::make_shared<const Preprocessing>(std::move(fitted));
  train.target = target;
}

/// A split with a file of its own. @param name  "data.validation"
RowSet load_split(const SourceOptions& source, const std::string& name,
                  const DataLocations& locations, Preprocessing& preprocessing) {
  auto data = std::make_shared<Dataset>(load_dataset(source, locations, preprocessing.reading()));
  make_features(*data, preprocessing);
  if (preprocessing.target)
    add_targets(source, name + ".target", locations, *preprocessing.target, *data);
  // Text labels are not aligned with numeric ones: neither explains the other.
  const bool numbers = preprocessing.classes > 0 && preprocessing.label_names.empty();
  if (!numbers) align_labels(data->labels, preprocessing.label_names);
  if (source.where.is_empty()) return all_rows(std::move(data));
  std::vector<int64_t> rows = rows_where(*data, source.where, name + ".where");
  return {std::move(data), std::move(rows)};
}

template <class T>
std::optional<int64_t> first_outside(const T* row, int64_t width, const Scaling& scaling,
                                     const ValueRange& range) {
  // Tolerates the rounding error of the division.
  const auto low = static_cast<float>(range.low) - 1e-6F;
  const auto high = static_cast<float>(range.high) + 1e-6F;
  const auto is_outside = [&](int64_t i) {
    const float x = scaling.forward(static_cast<float>(row[i]));
    return x < low || x > high || (range.whole && x != std::round(x));
  };
  if (range.features.empty()) {
    for (int64_t i = 0; i < width; ++i) {
      if (is_outside(i)) return i;
    }
    return std::nullopt;
  }
  const auto found = std::ranges::find_if(range.features, is_outside);
  return found == range.features.end() ? std::nullopt : std::optional(*found);
}

}  // namespace

std::vector<int64_t> RowSet::labels() const {
  std::vector<int64_t> out;
  if (!has_labels()) return out;
  out.reserve(rows.size());
  for (const int64_t row : rows) out.push_back(data->labels.values[static_cast<size_t>(row)]);
  return out;
}

at::Tensor RowSet::labels_of(std::span<const int64_t> some) const {
  at::Tensor out = at::empty({static_cast<int64_t>(some.size())}, at::kLong);
  auto* to = out.mutable_data_ptr<int64_t>();
  for (const int64_t row : some) *to++ = data->labels.values[static_cast<size_t>(row)];
  return out;
}

Splits load_splits(const DataOptions& options, const DataLocations& locations,
                   const SplitRequest& request) {
  auto train = std::make_shared<Dataset>(
      load_dataset(without_targets(options.train), locations, training_reading(options, request)));
  if (request.stored == nullptr) sort_categories(*train);
  RowNumbers rows = divide_rows(*train, options, locations);
  Splits splits;
  splits.preprocessing = fit_preprocessing(options, *train, rows.train, request);
  splits.columns = summarize_columns(*train, rows.train, splits.preprocessing.reading_offset);
  make_features(*train, splits.preprocessing);
  add_training_targets(options, locations, request, rows.train, *train, splits.preprocessing);
  splits.train = {train, std::move(rows.train)};
  if (rows.validation) splits.validation = {train, std::move(*rows.validation)};
  if (rows.test) splits.test = {train, std::move(*rows.test)};
  if (options.validation) {
    if (const auto source = options.validation->source()) {
      splits.validation = load_split(*source, "data.validation", locations, splits.preprocessing);
    }
  }
  if (request.stored == nullptr) {
    splits.preprocessing.range = range_of(splits.train, splits.preprocessing);
  }
  if (options.test) {
    if (const auto source = options.test->source()) {
      splits.test = load_split(*source, "data.test", locations, splits.preprocessing);
    }
  }
  return splits;
}

void add_targets(const SourceOptions& source, const std::string& option,
                 const DataLocations& locations, const Preprocessing& preprocessing,
                 Dataset& data) {
  SourceOptions own = source;
  if (!source.target.is_given()) {
    if (preprocessing.columns.empty() || data.info.all_columns.empty()) {
      throw usage_error("{} is missing: the file of the targets of {}, as data.train.target",
                        option, data.path.string());
    }
    own.target.columns = preprocessing.columns;
  }
  const auto target = load_target(*own.target_source(), locations, preprocessing.reading(), data);
  make_features(*target, preprocessing);
  data.target = target;
}

RowSet targets_of(const RowSet& set) {
  return set.data->target ? RowSet{set.data->target, set.rows} : set;
}

RowSet evenly_spaced(const RowSet& set, int64_t limit) {
  RowSet some{set.data, {}};
  const int64_t count = std::min(limit, set.count());
  for (int64_t i = 0; i < count; ++i) {
    some.rows.push_back(set.rows[static_cast<size_t>(i * set.count() / count)]);
  }
  return some;
}

ReportedSet reported_set(const Splits& splits) {
  if (splits.test) return {"test", *splits.test};
  if (splits.validation) return {"validation", *splits.validation};
  return {"train", splits.train};
}

void check_labels(const RowSet& set, const Preprocessing& preprocessing,
                  const std::string& option) {
  const std::string path = set.data->path.string();
  if (!set.has_labels()) {
    throw data_error("{}: has no labels, which model.conditional needs; name them with {}", path,
                     option);
  }
  if (preprocessing.classes == 0) {
    throw data_error(
        "{}: its labels are not class indices (integers from 0 to {}), which model.conditional "
        "needs",
        path, kMaxClasses - 1);
  }
  const std::vector<std::string>& names = set.data->labels.names;
  if (names.empty() != preprocessing.label_names.empty()) {
    throw data_error("{}: labels are {}, the training rows have labels {}", path,
                     names.empty() ? "numbers" : "texts", preprocessing.labels_text());
  }
  for (const int64_t row : set.rows) {
    if (preprocessing.has_class(set.data->labels.values[static_cast<size_t>(row)])) continue;
    throw data_error("{}: {} has label {}; the training rows have labels {}", path,
                     row_text(row, set.data->first_line), set.data->labels.text(row),
                     preprocessing.labels_text());
  }
}

void check_range(const RowSet& set, const Preprocessing& preprocessing, const ValueRange& range) {
  const Dataset& data = *set.data;
  const Scaling& scaling = preprocessing.scaling;
  const int64_t width = data.info.width();
  for (const int64_t row : set.rows) {
    std::optional<int64_t> column;
    double value = 0;
    if (data.info.dtype == DType::uint8) {
      const auto* values = data.rows.const_data_ptr<uint8_t>() + row * width;
      column = first_outside(values, width, scaling, range);
      if (column) value = values[*column];
    } else {
      const auto* values = data.rows.const_data_ptr<float>() + row * width;
      column = first_outside(values, width, scaling, range);
      if (column) value = values[*column];
    }
    if (!column) continue;
    const auto& names = data.info.columns;
    const std::string where =
        names.empty() ? fmt::format("value {}", *column)
                      : fmt::format("column \"{}\"", names[static_cast<size_t>(*column)]);
    const double original = value + preprocessing.reading_offset;
    const std::string scaled =
        scaling.is_identity() && preprocessing.reading_offset == 0
            ? ""
            : fmt::format(" ({:.6g} after scaling)", scaling.forward(static_cast<float>(value)));
    if (range.whole) {
      throw data_error(
          "{}: {}, {} = {:.6g}{}; {} needs counts (integers of at least {}): set data.scale to "
          "\"none\", or use reconstruction \"mse\" or \"gaussian\"",
          data.path.string(), row_text(row, data.first_line), where, original, scaled,
          range.required_by, range.low);
    }
    throw data_error(
        "{}: {}, {} = {:.6g}{}; {} needs values in [{}, {}] (probabilities): set data.scale to "
        "the data's [min, max], or, for standardised data, which are unbounded, use "
        "reconstruction \"mse\" or \"gaussian\"",
        data.path.string(), row_text(row, data.first_line), where, original, scaled,
        range.required_by, range.low, range.high);
  }
}

}  // namespace ae
