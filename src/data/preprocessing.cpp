#include "data/preprocessing.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "config/reader.h"
#include "config/writer.h"
#include "core/error.h"
#include "core/sizes.h"
#include "core/text.h"
#include "data/layout.h"
#include "io/formats/labels.h"

namespace ae {
namespace {

constexpr size_t kMaxAxes = 64;

/// Reads an integer; the JSON library's conversion would round other numbers.
int64_t read_integer(const Json& json) {
  if (!json.is_number_integer()) throw std::invalid_argument("whole number");
  return json.get<int64_t>();
}

std::vector<int64_t> read_shape(const Json& json) {
  std::vector<int64_t> shape;
  for (const Json& size : json) shape.push_back(read_integer(size));
  int64_t width = 1;
  for (const int64_t size : shape) {
    if (size < 1 || size > (int64_t{1} << 31) / width) throw std::out_of_range("shape");
    width *= size;
  }
  if (shape.empty() || shape.size() > kMaxAxes) throw std::out_of_range("shape");
  return shape;
}

/// Reads what earlier versions did not record.
void read_later_fields(const Json& json, Preprocessing& out) {
  const Json file_shape = member(json, "file_shape");
  if (file_shape.is_array() && !file_shape.empty()) {
    out.file_shape = read_shape(file_shape);
    if (checked_element_count(out.file_shape) != out.file_width()) {
      throw std::out_of_range("file_shape");
    }
  }
  out.channels_last = json.value("channels_last", false);
  if (out.channels_last && out.shape.size() < 2) throw std::out_of_range("channels_last");
  if (json.contains("dialect")) {
    read_options(json["dialect"], {.name = "dialect", .overridden = {}, .known_paths = {}},
                 out.dialect);
  }
  out.reading_offset = json.value("reading_offset", 0.0);
  if (!std::isfinite(out.reading_offset)) throw std::out_of_range("reading_offset");
  if (json.contains("column_numbers")) {
    for (const Json& number : json["column_numbers"]) {
      out.column_numbers.push_back(read_integer(number));
    }
  }
  if (!out.column_numbers.empty() &&
      static_cast<int64_t>(out.column_numbers.size()) != out.file_width()) {
    throw std::out_of_range("column_numbers");
  }
  if (!json.contains("range") || json["range"].is_null()) return;
  out.range.low = json["range"].at("low").get<std::vector<double>>();
  out.range.high = json["range"].at("high").get<std::vector<double>>();
  const size_t sizes = out.range.low.size();
  const bool fits = sizes == 1 || sizes == static_cast<size_t>(out.width());
  if (out.range.high.size() != sizes || !fits) throw std::out_of_range("range");
}

/// Flat rows and images of one channel differ in shape only, not in the order of values.
bool is_flat_image(const std::vector<int64_t>& flat, const std::vector<int64_t>& image) {
  return flat.size() == 1 && image.size() == 3 && image[0] == 1;
}

/// Shape of rows when features are made of them.
std::vector<int64_t> arranged_shape(const Preprocessing& data) {
  if (data.file_width() == data.width()) return data.shape;
  std::vector<int64_t> shape = data.file_shape;
  if (data.channels_last) std::rotate(shape.begin(), shape.end() - 1, shape.end());
  return shape;
}

/// Arrangement of a later file's rows for a model of `data`.
Arrangement arrange_like(const Preprocessing& data, const RowInfo& info, const std::string& file) {
  const std::vector<int64_t> shape = arranged_shape(data);
  const int64_t width = data.file_width();
  if (info.shape == data.file_shape) return {info.shape, shape, data.channels_last};
  if (info.shape == shape) return {info.shape, shape};
  if (data.file_shape.empty()) {
    // Earlier versions read rows as they are, and may have given flat ones a shape.
    const bool flat = info.shape.size() == 1 && info.width() == width;
    if (flat || same_order(info.shape, shape)) return {info.shape, shape};
  }
  if (info.width() == width && !data.file_shape.empty()) {
    const Arrangement likely = arrange({info.shape, info.bytes}, Layout::automatic, file);
    if (likely.shape == shape) return likely;
    if (is_flat_image(info.shape, shape) || is_flat_image(shape, likely.shape)) {
      return {info.shape, shape};
    }
  }
  throw data_error("{}: rows have {} values ({}); the model takes {} ({}){}", file,
                   checked_element_count(info.shape), shape_text(info.shape), width,
                   shape_text(shape),
                   checked_element_count(info.shape) == width
                       ? fmt::format("; rows of another shape are not rearranged: give them as {}",
                                     shape_text(data.file_shape))
                       : "");
}

}  // namespace

bool is_usable(const Scaling& scaling) {
  const auto divisor = static_cast<float>(scaling.divisor);
  return std::isfinite(static_cast<float>(scaling.offset)) && std::isnormal(divisor) && divisor > 0;
}

Scaling resolve(const ScaleOption& option, bool bytes) {
  switch (option.kind) {
    case ScaleOption::Kind::automatic:
      return {.divisor = bytes ? 255.0 : 1.0};
    case ScaleOption::Kind::none:
      return {};
    case ScaleOption::Kind::divisor:
      return {.divisor = option.high};
    case ScaleOption::Kind::range:
      return {option.low, option.high - option.low};
  }
  return {};
}

int64_t Preprocessing::width() const { return checked_element_count(shape); }

const std::vector<std::string>& Preprocessing::feature_names() const {
  return features && !columns.empty() ? features->names() : columns;
}

std::vector<int64_t> Preprocessing::output_shape() const {
  if (file_shape.empty()) return shape;
  if (file_shape.size() > 1 || shape.size() == 1) return file_shape;
  std::vector<int64_t> given = shape;
  if (channels_last) std::rotate(given.begin(), given.begin() + 1, given.end());
  return given;
}

FileReading Preprocessing::reading() const {
  FileReading reading{
      .columns = columns, .header = header, .dialect = dialect.request(), .arrange = {}};
  reading.delivery.offset = reading_offset;
  if (features) {
    reading.delivery.wide = true;
    reading.delivery.gaps = features->missing().gaps();
    reading.table = {.typed = true,
                     .missing = features->missing().values,
                     .known = features->table(),
                     .unknown_as_gap = features->missing().unknown_categories};
  }
  if (columns.empty()) {
    for (const int64_t number : column_numbers) reading.columns.push_back(std::to_string(number));
  }
  reading.arrange = [*this](const RowInfo& info, const std::string& file) {
    return arrange_like(*this, info, file);
  };
  return reading;
}

at::Tensor Preprocessing::restored(const at::Tensor& rows) const {
  at::Tensor out = reading_offset != 0 ? rows.to(at::kDouble) : rows;
  if (!scaling.is_identity()) out = out.mul(scaling.divisor).add(scaling.offset);
  if (reading_offset != 0) out = out.add(reading_offset);
  if (features) out = features->inverse(out);
  if (!channels_last) return out;
  const int64_t channels = shape.front();
  return out.reshape({out.size(0), channels, -1}).transpose(1, 2).reshape({out.size(0), -1});
}

std::optional<int64_t> Preprocessing::label_of(const std::string& text) const {
  if (label_names.empty()) {
    const auto number = whole_number(text);
    return number && has_class(*number) ? number : std::nullopt;
  }
  const auto found = std::find(label_names.begin(), label_names.end(), text);
  if (found == label_names.end() || !has_class(found - label_names.begin())) return std::nullopt;
  return found - label_names.begin();
}

std::string Preprocessing::labels_text() const {
  constexpr size_t kShown = 20;
  if (label_names.empty()) return fmt::format("from 0 to {}", classes - 1);
  // Texts that only other splits contain follow those of the training rows.
  const size_t known = std::min(label_names.size(), static_cast<size_t>(classes));
  const auto last = label_names.begin() + static_cast<std::ptrdiff_t>(std::min(known, kShown));
  return fmt::format("{}{}", fmt::join(label_names.begin(), last, ", "),
                     known > kShown ? ", …" : "");
}

Json Preprocessing::to_json() const {
  return {{"scaling", {{"offset", scaling.offset}, {"divisor", scaling.divisor}}},
          {"target", target ? target->to_json() : Json()},
          {"features", features ? features->to_json() : Json()},
          {"element", dtype == DType::uint8 ? "uint8" : "float32"},
          {"shape", shape},
          {"file_shape", file_shape},
          {"channels_last", channels_last},
          {"reading_offset", reading_offset},
          {"range", range.is_recorded() ? Json{{"low", range.low}, {"high", range.high}} : Json()},
          {"columns", columns},
          {"column_numbers", column_numbers},
          {"header", header_names()[static_cast<size_t>(header)]},
          {"dialect", options_json(dialect)},
          {"label_names", label_names},
          {"classes", classes}};
}

Preprocessing Preprocessing::from_json(const Json& json, const std::string& source) {
  try {
    Preprocessing out;
    out.scaling.offset = json.at("scaling").at("offset").get<double>();
    out.scaling.divisor = json.at("scaling").at("divisor").get<double>();
    out.dtype = json.at("element") == "uint8" ? DType::uint8 : DType::float32;
    out.shape = read_shape(json.at("shape"));
    out.columns = json.at("columns").get<std::vector<std::string>>();
    if (json.contains("header")) out.header = header_of(json["header"].get<std::string>());
    out.label_names = json.at("label_names").get<std::vector<std::string>>();
    if (json.contains("classes")) out.classes = read_integer(json["classes"]);
    if (json.contains("features") && !json["features"].is_null()) {
      out.features = std::make_shared<const Features>(Features::from_json(json["features"]));
      if (out.features->width() != out.width()) throw std::out_of_range("features");
    }
    read_later_fields(json, out);
    if (json.contains("target") && !json["target"].is_null()) {
      const Json& target = json["target"];
      if (target.contains("target") && !target["target"].is_null())
        throw std::out_of_range("target");
      out.target = std::make_shared<const Preprocessing>(from_json(target, source));
    }
    if (out.classes < 0 || out.classes > kMaxClasses) throw std::out_of_range("classes");
    if (!out.columns.empty() && static_cast<int64_t>(out.columns.size()) != out.file_width()) {
      throw std::out_of_range("columns");
    }
    if (!out.label_names.empty() && static_cast<int64_t>(out.label_names.size()) < out.classes) {
      throw std::out_of_range("label_names");
    }
    if (!is_usable(out.scaling)) throw std::out_of_range("scaling");
    return out;
  } catch (const std::exception&) {
    throw data_error("{}: the preprocessing stored with the model is malformed: {}", source,
                     brief(json, 200));
  }
}

}  // namespace ae
