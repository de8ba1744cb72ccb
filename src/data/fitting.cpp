#include "data/fitting.h"

#include <ATen/ops/aminmax.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "core/error.h"
#include "core/sizes.h"
#include "core/text.h"
#include "data/columns.h"
#include "data/layout.h"
#include "io/formats/column_match.h"
#include "io/hash.h"

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
  if (options.shape.empty()) return arrange({info.shape, info.bytes, convolutional}, layout, file);
  if (checked_element_count(options.shape) != info.width()) {
    throw data_error("{}: rows have {} values ({}); data.shape {} needs {}", file, info.width(),
                     shape_text(info.shape), shape_text(options.shape),
                     checked_element_count(options.shape));
  }
  const auto as_given = [&]() -> Arrangement {
    // A shape is written with the channels first, unless a layout says otherwise.
    if (layout == Layout::automatic) return {options.shape, options.shape};
    return arrange({options.shape, info.bytes, convolutional}, layout, file);
  };
  Arrangement given = as_given();
  if (info.shape.size() > 1 && !same_order(info.shape, options.shape)) {
    const Arrangement found = arrange({info.shape, info.bytes}, layout, file);
    if (found.shape == given.shape) return found;
    throw data_error(
        "{}: rows are {}, which data.shape {} would cut elsewhere; leave data.shape out, or say "
        "which axis holds the channels with data.layout",
        file, shape_text(info.shape), shape_text(options.shape));
  }
  given.file_shape = info.shape;
  return given;
}

/// True if a table with a header is standardised, as the config says nothing else.
bool standardizes_tables(const DataOptions& options, const SplitRequest& request) {
  return request.standardize_tables && !options.preprocessing &&
         options.scale.kind == ScaleOption::Kind::automatic;
}

/// Steps of a table with a header, where the config says nothing.
/// @param except  columns that they leave as they are
std::vector<StepPart> default_steps(const std::vector<TableColumn>& table,
                                    const std::vector<std::string>& except) {
  std::vector<std::string> others;
  if (!except.empty()) {
    std::vector<std::string> names;
    for (const TableColumn& column : table) {
      if (column.type == ColumnType::numeric) names.push_back(column.name);
    }
    std::vector<bool> excepted(names.size(), false);
    for (const std::string& wanted : except) {
      for (const size_t i : columns_named(wanted, names)) excepted[i] = true;
    }
    for (size_t i = 0; i < names.size(); ++i) {
      if (!excepted[i]) others.push_back(names[i]);
    }
  }
  StepPart drop;
  drop.select("drop_constant");
  StepPart standardize;
  if (except.empty()) return {drop, standardize};
  if (others.empty()) return {drop};
  standardize.columns = std::move(others);
  return {standardize, drop};  // columns that are dropped cannot be named
}

/// Renumbers the categories of a column in alphabetical order. @param values  of the column [N]
void sort_column(TableColumn& column, const at::Tensor& values) {
  std::vector<std::string> sorted = column.categories;
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> numbers;
  for (const std::string& text : column.categories) {
    numbers.push_back(
        static_cast<double>(std::lower_bound(sorted.begin(), sorted.end(), text) - sorted.begin()));
  }
  auto codes = values.accessor<double, 1>();
  for (int64_t row = 0; row < codes.size(0); ++row) {
    if (!std::isnan(codes[row])) codes[row] = numbers[static_cast<size_t>(codes[row])];
  }
  column.categories = std::move(sorted);
}

void fit_features(const DataOptions& options, const Dataset& train, std::span<const int64_t> rows,
                  const SplitRequest& request, Preprocessing& out) {
  Features::Options fitted{out.scaling, options.preprocessing.value_or(std::vector<StepPart>()),
                           options.missing};
  if (standardizes_tables(options, request) && train.info.has_header.value_or(false)) {
    fitted.steps = default_steps(train.info.table, request.bounded_columns);
  }
  const at::Tensor numbers = at::from_blob(const_cast<int64_t*>(rows.data()),
                                           {static_cast<int64_t>(rows.size())}, at::kLong);
  const bool all = static_cast<int64_t>(rows.size()) == train.count();
  out.features = std::make_shared<const Features>(
      Features::fit(train.info.table, all ? train.rows : train.rows.index_select(0, numbers),
                    fitted, train.path.string()));
  out.scaling = {};
  out.dtype = DType::float32;
  if (out.features->width() != out.features->columns()) out.shape = {out.features->width()};
}

/// Bytes that are 0 and 1, and booleans, mean these numbers; other bytes are parts of 255.
bool holds_flags(const Dataset& train) {
  if (!train.info.bytes) return false;
  return train.info.booleans || train.rows.max().item<double>() <= 1;
}

}  // namespace

FileReading training_reading(const DataOptions& options, const SplitRequest& request) {
  FileReading reading;
  if (request.stored != nullptr) reading = request.stored->reading();
  if (!options.split_column.empty()) reading.texts.push_back(options.split_column);
  for (const auto& held_out : {options.validation, options.test}) {
    if (held_out && !held_out->group.empty() && held_out->group != options.split_column) {
      reading.texts.push_back(held_out->group);
    }
  }
  if (request.stored != nullptr) return reading;
  reading.dialect = options.dialect.request();
  reading.delivery.wide = options.preprocessing && !options.preprocessing->empty();
  reading.delivery.gaps = options.missing.gaps();
  if (!reading.delivery.is_wide()) reading.delivery.offset = reading_offset_of(options.scale);
  reading.table = {.typed = true,
                   .types = options.types,
                   .missing = options.missing.values,
                   .wide_if_named = standardizes_tables(options, request)};
  reading.arrange = [&options, &request](const RowInfo& info, const std::string& file) {
    return arrange_training_rows(options, request.convolutional, info, file);
  };
  return reading;
}

Preprocessing fit_preprocessing(const DataOptions& options, const Dataset& train,
                                std::span<const int64_t> rows, const SplitRequest& request) {
  Preprocessing out;
  if (request.stored != nullptr) {
    out = *request.stored;
  } else {
    out.scaling = resolve(options.scale, train.info.bytes);
    if (options.scale.kind == ScaleOption::Kind::automatic && holds_flags(train)) out.scaling = {};
    out.dtype = train.info.dtype;
    out.shape = train.arrangement.shape;
    out.file_shape = train.arrangement.file_shape;
    out.channels_last = train.arrangement.channels_last;
    out.columns = train.info.columns;
    if (out.columns.empty()) out.column_numbers = train.info.column_numbers;
    out.header = header_of(options.train.header);
    out.dialect = options.dialect;
    if (train.info.dtype == DType::float64) {
      fit_features(options, train, rows, request, out);
    } else {
      out.reading_offset = reading_offset_of(options.scale);
      out.scaling.offset -= out.reading_offset;
      check_scaling(options.scale, out, train);
    }
  }
  out.label_names = train.labels.names;
  out.classes = classes_of(train.labels.values);
  return out;
}

void sort_categories(Dataset& data) {
  bool any = false;
  for (size_t i = 0; i < data.info.table.size(); ++i) {
    TableColumn& column = data.info.table[i];
    if (column.type != ColumnType::categorical || column.categories.empty()) continue;
    sort_column(column, data.rows.select(1, static_cast<int64_t>(i)));
    any = true;
  }
  if (!any) return;
  Hasher hasher;
  hasher.update({static_cast<const std::byte*>(data.rows.const_data_ptr()), data.rows.nbytes()});
  data.fingerprint = hasher.hex();
}

void make_features(Dataset& data, const Preprocessing& preprocessing) {
  if (!preprocessing.features) return;
  const Features& features = *preprocessing.features;
  data.rows = by_row_blocks(data.rows, features.width(), at::kFloat,
                            [&](const at::Tensor& rows) { return features.forward(rows); });
  data.drawn = features.is_drawn();
  data.info.dtype = DType::float32;
  data.info.shape = preprocessing.shape;
  data.info.columns = preprocessing.feature_names();
}

}  // namespace ae
