#include "training/column_checks.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>

#include "core/error.h"
#include "core/text.h"
#include "io/formats/format.h"

namespace ae {
namespace {

using Column = ColumnSummary;

constexpr double kMaxSpreadRatio = 10;      // between columns under one scale
constexpr double kMaxMeanInSpreads = 8;     // distance of a mean from 0
constexpr double kMaxStepInSpreads = 0.01;  // distance of neighbouring float32 values
constexpr int64_t kRereadRows = 1000;       // to find what float32 lost

/// The name in messages: quoted, unless it is a number.
std::string shown_name(const Column& column) {
  const bool number = column.name.find_first_not_of("0123456789") == std::string::npos;
  return number ? column.name : "\"" + column.name + "\"";
}

/// The columns for which `is` holds, as "column "x"" or "columns "x", "y" and 3 more"; empty if it
/// holds for none.
template <class Is>
std::string columns_text(const std::vector<Column>& columns, Is is) {
  constexpr size_t kShown = 8;
  std::vector<std::string> names;
  size_t more = 0;
  for (const Column& column : columns) {
    if (!is(column)) continue;
    names.size() < kShown ? names.push_back(shown_name(column)) : static_cast<void>(++more);
  }
  if (names.empty()) return "";
  std::string text = (names.size() == 1 ? "column " : "columns ") + join(names);
  if (more > 0) text += fmt::format(" and {} more", more);
  return text;
}

bool is_named_as_time(const std::string& name) {
  std::string lower;
  for (const char c : name) {
    lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  for (const char* word : {"timestamp", "datetime", "date", "time", "year"}) {
    if (lower == word) return true;
  }
  return false;
}

/// Seconds or milliseconds since 1970, or a date written as 20240131.
bool looks_like_time(const Column& column) {
  if (column.is_constant() || column.type != ColumnType::numeric) return false;
  if (is_named_as_time(column.name)) return true;
  const auto within = [&](double low, double high) {
    return column.low >= low && column.high <= high;
  };
  const auto is_date = [](double value) {
    const double month = std::fmod(std::floor(value / 100), 100);
    const double day = std::fmod(value, 100);
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
  };
  if (within(19000101, 21001231) && column.whole) {
    return is_date(column.low) && is_date(column.high);
  }
  return column.rises && (within(3e8, 4.2e9) || within(3e11, 4.2e12));
}

/// Distance between neighbouring float32 values at the column's largest magnitude.
double float_step(const Column& column) {
  const auto magnitude = static_cast<float>(std::max(std::abs(column.low), std::abs(column.high)));
  return std::nextafter(magnitude, std::numeric_limits<float>::infinity()) - magnitude;
}

/// True spread of a column whose values float32 cannot tell apart, from the file.
double spread_in_double(const Splits& splits, size_t index) {
  const FileReading reading = splits.preprocessing.reading();
  const Dataset& data = *splits.train.data;
  RowRequest request{.columns = reading.columns, .delivery = {.wide = true}};
  request.header = data.info.has_header ? (*data.info.has_header ? Header::present : Header::absent)
                                        : Header::automatic;
  const std::unique_ptr<RowReader> reader = open_rows(data.path, request);
  std::vector<double> row(static_cast<size_t>(reader->info().width()));
  std::vector<double> values;
  for (int64_t i = 0; i < kRereadRows && reader->read(1, row.data()) == 1; ++i) {
    values.push_back(row[index]);
  }
  const auto count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / count);
}

/// Columns of which float32 may keep too little, those with the widest steps first: a few, as each
/// is read again.
std::vector<size_t> doubtful_columns(const std::vector<Column>& columns) {
  constexpr size_t kMost = 4;
  std::vector<size_t> doubtful;
  for (size_t j = 0; j < columns.size(); ++j) {
    if (float_step(columns[j]) >= kMaxStepInSpreads * columns[j].spread) doubtful.push_back(j);
  }
  std::stable_sort(doubtful.begin(), doubtful.end(), [&](size_t a, size_t b) {
    return float_step(columns[a]) > float_step(columns[b]);
  });
  doubtful.resize(std::min(doubtful.size(), kMost));
  return doubtful;
}

void check_precision_loss(const Splits& splits, const std::vector<Column>& columns,
                          std::vector<std::string>& warnings) {
  if (splits.preprocessing.restores_wide()) return;
  for (const size_t j : doubtful_columns(columns)) {
    const Column& column = columns[j];
    const double step = float_step(column);
    const double spread = spread_in_double(splits, j);
    if (spread == 0 || step < kMaxStepInSpreads * spread) continue;
    warnings.push_back(fmt::format(
        "column {}: its values near {:.6g} spread by {:.3g}, and float32 keeps steps of {:.3g} "
        "there, so that most of their information is lost: set data.preprocessing to "
        "[\"standardize\"], which is computed in double",
        shown_name(column), column.mean, spread, step));
    return;  // the others are alike
  }
}

/// Median of the columns' spreads.
double median_spread(const std::vector<Column>& columns) {
  std::vector<double> spreads;
  for (const Column& column : columns) spreads.push_back(column.spread);
  const auto middle = spreads.begin() + static_cast<std::ptrdiff_t>(spreads.size() / 2);
  std::nth_element(spreads.begin(), middle, spreads.end());
  return *middle;
}

/// @param usual  spread that the widest is compared with, instead of the narrowest; 0 for none
void check_spreads(const std::vector<Column>& columns, double usual,
                   std::vector<std::string>& warnings) {
  double least = usual > 0 ? usual : std::numeric_limits<double>::infinity();
  double most = 0;
  for (const Column& column : columns) {
    if (column.is_constant()) continue;
    if (usual == 0) least = std::min(least, column.spread);
    most = std::max(most, column.spread);
  }
  if (most <= kMaxSpreadRatio * least) return;
  const std::string wide =
      columns_text(columns, [&](const Column& c) { return c.spread * kMaxSpreadRatio > most; });
  warnings.push_back(
      fmt::format("one scale serves all columns, but their standard deviations differ from {:.3g} "
                  "to {:.3g}, so that the loss is that of {} and the others are hardly learnt: "
                  "set data.preprocessing to [\"standardize\"]",
                  least, most, wide));
}

/// Names of the columns with a mean far from 0 against their spread; of an array, whose values may
/// be of one kind, such as pixels, also against the usual spread.
std::string distant_columns(const Splits& splits, const std::vector<Column>& columns) {
  const bool table = splits.train.data->info.has_header.has_value();
  const double usual = table ? 0 : median_spread(columns);
  return columns_text(columns, [&](const Column& c) {
    return !c.is_constant() && std::abs(c.mean) > kMaxMeanInSpreads * std::max(c.spread, usual);
  });
}

}  // namespace

std::string centring_remedy(const Experiment& experiment) {
  const ModelOptions& model = experiment.model;
  const bool linear_output = model.decoder.output_activation.type() == "identity" &&
                             !experiment.objective.reconstruction->has_link();
  std::vector<std::string> options;
  if (!model.output_bias_from_data && linear_output) {
    options.emplace_back("model.output_bias_from_data = true");
  }
  const bool dense = model.decoder.type() == "linear" || model.decoder.type() == "mlp";
  if (!model.pre_encoder_bias && linear_output && dense && model.input_transform == "none") {
    options.emplace_back("model.pre_encoder_bias = true");
  }
  return join(options, " and ");
}

std::vector<std::string> column_warnings(const Splits& splits, const ColumnCheckOptions& options) {
  std::vector<std::string> warnings;
  const RowInfo& info = splits.train.data->info;
  const bool table = info.has_header.has_value();
  const std::vector<Column>& columns = splits.columns;
  if (columns.empty()) return warnings;
  check_precision_loss(splits, columns, warnings);
  const auto add = [&](const std::string& names, const char* what) {
    if (!names.empty()) warnings.push_back(names + what);
  };
  const auto marked =
      std::find_if(columns.begin(), columns.end(), [](const Column& c) { return c.sentinels > 0; });
  if (marked != columns.end()) {
    warnings.push_back(fmt::format(
        "{}: {} of the values are {:g}, far from all others: if they mean missing values, set "
        "data.missing to {{\"type\": \"mask\", \"values\": [\"{:g}\"]}}",
        columns_text(columns, [](const Column& c) { return c.sentinels > 0; }), marked->sentinels,
        marked->sentinel, marked->sentinel));
  }
  if (table) {
    const bool dropped = splits.preprocessing.features != nullptr;  // which is noted, or asked for
    add(columns_text(columns, [&](const Column& c) { return c.is_constant() && !dropped; }),
        ": constant in the training rows, so there is nothing to learn from it: leave it out with "
        "data.train.exclude");
    add(columns_text(columns, [](const Column& c) { return c.counts && !looks_like_time(c); }),
        ": counts up from row to row, like a row number: leave it out with data.train.exclude");
    add(columns_text(columns, looks_like_time),
        ": looks like a time, which grows beyond the training rows' range: leave it out with "
        "data.train.exclude, or replace it by what repeats, such as the hour or the weekday");
  }
  if (splits.preprocessing.features) return warnings;  // the model sees other values
  // Rows in [0, 1] may be flattened images, whose margins hardly vary.
  const auto in_unit = [](const Column& c) { return c.low >= 0 && c.high <= 1; };
  if (!table && std::all_of(columns.begin(), columns.end(), in_unit)) return warnings;
  if (!options.sums_squared_units) return warnings;
  // An array's values may be of one kind, such as pixels, of which some hardly vary.
  if (columns.size() > 1) check_spreads(columns, table ? 0 : median_spread(columns), warnings);
  const bool shifted =
      splits.preprocessing.scaling.offset != 0 || splits.preprocessing.reading_offset != 0;
  const std::string distant = shifted ? "" : distant_columns(splits, columns);
  if (!distant.empty() && !options.centring.empty()) {
    warnings.push_back(fmt::format(
        "{}: mean far from 0 against the standard deviation (more than {} times), so that it rules "
        "the loss and the code: set data.preprocessing to [\"standardize\"], or {}",
        distant, kMaxMeanInSpreads, options.centring));
  }
  return warnings;
}

}  // namespace ae
