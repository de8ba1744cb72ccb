#include "data/splits.h"

#include <ATen/ops/aminmax.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/random.h"
#include "core/sizes.h"
#include "core/text.h"

namespace ae {
namespace {

RowSet all_rows(std::shared_ptr<const Dataset> data) {
  std::vector<int64_t> rows(static_cast<size_t>(data->count()));
  std::iota(rows.begin(), rows.end(), int64_t{0});
  return {std::move(data), std::move(rows)};
}

/// Moves `held_out` rows of the training set, random ones or the last ones, to a new set.
RowSet hold_out(RowSet& train, int64_t held_out, bool random, uint64_t seed) {
  if (held_out < 1 || held_out >= train.count()) {
    throw data_error("{}: data.validation holds out {} of {} rows; both sets need at least one row",
                     train.data->path.string(), held_out, train.count());
  }
  std::vector<int64_t> order = train.rows;
  if (random) order = permutation(train.count(), {.seed = seed, .purpose = Purpose::split});
  const auto cut = order.end() - held_out;
  RowSet validation{train.data, {cut, order.end()}};
  train.rows.assign(order.begin(), cut);
  // In the file's order, which is that of the codes and labels of a split.
  std::sort(train.rows.begin(), train.rows.end());
  std::sort(validation.rows.begin(), validation.rows.end());
  return validation;
}

/// Number of classes: the largest label plus 1; 0 if the labels are not class indices.
int64_t classes_of(const std::vector<int64_t>& labels) {
  if (labels.empty()) return 0;
  const auto [min, max] = std::minmax_element(labels.begin(), labels.end());
  return *min < 0 || *max >= kMaxClasses ? 0 : *max + 1;
}

/// Refuses a scale that makes the data constant or not finite in float32.
void check_scaling(const ScaleOption& option, const Preprocessing& preprocessing,
                   const Dataset& train) {
  if (option.kind == ScaleOption::Kind::automatic || option.kind == ScaleOption::Kind::none) return;
  const Scaling& scaling = preprocessing.scaling;
  const auto [min, max] = at::aminmax(train.rows);
  const double low = min.item<double>();
  const double high = max.item<double>();
  const float scaled_low = scaling.forward(static_cast<float>(low));
  const float scaled_high = scaling.forward(static_cast<float>(high));
  const bool finite = is_usable(scaling) && std::isfinite(scaled_low) && std::isfinite(scaled_high);
  if (finite && (scaled_low < scaled_high || low == high)) return;
  throw data_error(
      "{}: its values, from {:.6g} to {:.6g}, {} after data.scale; set it to a [min, max] close to "
      "these, or to \"none\"",
      train.path.string(), low + preprocessing.reading_offset, high + preprocessing.reading_offset,
      finite ? "are all equal" : "are not finite in float32");
}

/// Smallest offset, in widths of the range, that is subtracted in double: float32 would keep less
/// than 12 bits of the values within the range.
constexpr double kLargeOffset = 4096;

/// Offset that is subtracted from values when they are read.
double reading_offset_of(const ScaleOption& option) {
  if (option.kind != ScaleOption::Kind::range) return 0;
  return std::abs(option.low) > kLargeOffset * (option.high - option.low) ? option.low : 0;
}

/// Axes of one element say nothing about the order of values.
std::vector<int64_t> without_ones(std::vector<int64_t> shape) {
  std::erase(shape, 1);
  return shape;
}

/// The rows' arrangement by data.shape and data.layout.
Arrangement arrange_training_rows(const DataOptions& options, bool convolutional,
                                  const RowInfo& info, const std::string& file) {
  const Layout layout = layout_of(options.layout);
  if (options.shape.empty()) return arrange({info.shape, info.dtype, convolutional}, layout, file);
  if (checked_element_count(options.shape) != info.width()) {
    throw data_error("{}: rows have {} values ({}); data.shape {} needs {}", file, info.width(),
                     shape_text(info.shape), shape_text(options.shape),
                     checked_element_count(options.shape));
  }
  const auto as_given = [&]() -> Arrangement {
    // A shape is written with the channels first, unless a layout says otherwise.
    if (layout == Layout::automatic) return {options.shape, options.shape};
    return arrange({options.shape, info.dtype, convolutional}, layout, file);
  };
  Arrangement given = as_given();
  if (info.shape.size() > 1 && without_ones(info.shape) != without_ones(options.shape)) {
    const Arrangement found = arrange({info.shape, info.dtype}, layout, file);
    if (found.shape == given.shape) return found;
    throw data_error(
        "{}: rows are {}, which data.shape {} would cut elsewhere; leave data.shape out, or say "
        "which axis holds the channels with data.layout",
        file, shape_text(info.shape), shape_text(options.shape));
  }
  given.file_shape = info.shape;
  return given;
}

FileReading training_reading(const DataOptions& options, const SplitRequest& request) {
  if (request.stored != nullptr) return request.stored->reading();
  FileReading reading;
  reading.offset = reading_offset_of(options.scale);
  reading.arrange = [&options, &request](const RowInfo& info, const std::string& file) {
    return arrange_training_rows(options, request.convolutional, info, file);
  };
  return reading;
}

/// Bytes that are 0 and 1, and booleans, mean these numbers; other bytes are parts of 255.
bool holds_flags(const Dataset& train) {
  if (train.info.dtype != DType::uint8) return false;
  return train.info.booleans || train.rows.max().item<int64_t>() <= 1;
}

Preprocessing fit_preprocessing(const DataOptions& options, const Dataset& train,
                                const Preprocessing* stored) {
  Preprocessing out;
  if (stored != nullptr) {
    out = *stored;
  } else {
    out.reading_offset = reading_offset_of(options.scale);
    out.scaling = resolve(options.scale, train.info.dtype);
    if (options.scale.kind == ScaleOption::Kind::automatic && holds_flags(train)) out.scaling = {};
    out.scaling.offset -= out.reading_offset;
    check_scaling(options.scale, out, train);
    out.dtype = train.info.dtype;
    out.shape = train.arrangement.shape;
    out.file_shape = train.arrangement.file_shape;
    out.channels_last = train.arrangement.channels_last;
    out.columns = train.info.columns;
    if (out.columns.empty()) out.column_numbers = train.info.column_numbers;
    out.header = header_of(options.train.header);
  }
  out.label_names = train.labels.names;
  out.classes = classes_of(train.labels.values);
  return out;
}

std::shared_ptr<Dataset> load_split(const SourceOptions& source, const DataLocations& locations,
                                    Preprocessing& preprocessing) {
  auto data = std::make_shared<Dataset>(load_dataset(source, locations, preprocessing.reading()));
  // Text labels are not aligned with numeric ones: neither explains the other.
  const bool numbers = preprocessing.classes > 0 && preprocessing.label_names.empty();
  if (!numbers) align_labels(data->labels, preprocessing.label_names);
  return data;
}

template <class T>
std::optional<int64_t> first_outside(const T* row, int64_t width, const Scaling& scaling,
                                     const ValueRange& range) {
  // Tolerates the rounding error of the division.
  const auto low = static_cast<float>(range.low) - 1e-6F;
  const auto high = static_cast<float>(range.high) + 1e-6F;
  for (int64_t i = 0; i < width; ++i) {
    const float x = scaling.forward(static_cast<float>(row[i]));
    if (x < low || x > high || (range.whole && x != std::round(x))) return i;
  }
  return std::nullopt;
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
      load_dataset(options.train, locations, training_reading(options, request)));
  Splits splits;
  splits.preprocessing = fit_preprocessing(options, *train, request.stored);
  splits.train = all_rows(std::move(train));
  if (options.validation) {
    if (const auto source = options.validation->source()) {
      splits.validation = all_rows(load_split(*source, locations, splits.preprocessing));
    } else {
      const int64_t held_out = options.validation->last.value_or(
          std::max<int64_t>(1, std::llround(options.validation->fraction.value_or(0) *
                                            static_cast<double>(splits.train.count()))));
      splits.validation =
          hold_out(splits.train, held_out, options.validation->fraction.has_value(), request.seed);
    }
  }
  if (request.stored == nullptr) {
    splits.preprocessing.range = range_of(splits.train, splits.preprocessing);
  }
  if (options.test) {
    splits.test = all_rows(load_split(*options.test, locations, splits.preprocessing));
  }
  return splits;
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
    const int64_t label = set.data->labels.values[static_cast<size_t>(row)];
    if (preprocessing.has_class(label)) continue;
    throw data_error("{}: row {} has label {}; the training rows have labels {}", path, row,
                     names.empty() ? std::to_string(label) : names[static_cast<size_t>(label)],
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
          "{}: row {}, {} = {:.6g}{}; {} needs counts (integers of at least {}): set data.scale to "
          "\"none\", or use reconstruction \"mse\" or \"gaussian\"",
          data.path.string(), row, where, original, scaled, range.required_by, range.low);
    }
    throw data_error(
        "{}: row {}, {} = {:.6g}{}; {} needs values in [{}, {}] (probabilities): set data.scale to "
        "the data's [min, max], or, for standardised data, which are unbounded, use "
        "reconstruction \"mse\" or \"gaussian\"",
        data.path.string(), row, where, original, scaled, range.required_by, range.low, range.high);
  }
}

}  // namespace ae
