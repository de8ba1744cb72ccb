#include "data/fitting.h"

#include <ATen/ops/aminmax.h>

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/sizes.h"
#include "core/text.h"
#include "data/layout.h"

namespace ae {
namespace {

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
  if (info.shape.size() > 1 && !same_order(info.shape, options.shape)) {
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

/// Bytes that are 0 and 1, and booleans, mean these numbers; other bytes are parts of 255.
bool holds_flags(const Dataset& train) {
  if (train.info.dtype != DType::uint8) return false;
  return train.info.booleans || train.rows.max().item<int64_t>() <= 1;
}

}  // namespace

FileReading training_reading(const DataOptions& options, const SplitRequest& request) {
  if (request.stored != nullptr) return request.stored->reading();
  FileReading reading;
  reading.offset = reading_offset_of(options.scale);
  reading.arrange = [&options, &request](const RowInfo& info, const std::string& file) {
    return arrange_training_rows(options, request.convolutional, info, file);
  };
  return reading;
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

}  // namespace ae
