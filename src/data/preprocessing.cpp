#include "data/preprocessing.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/error.h"
#include "core/sizes.h"
#include "io/formats/labels.h"

namespace ae {

namespace {

constexpr size_t kMaxAxes = 64;

/// Reads an integer; the JSON library's conversion would round other numbers.
int64_t read_integer(const Json& json) {
  if (!json.is_number_integer()) throw std::invalid_argument("whole number");
  return json.get<int64_t>();
}

}  // namespace

bool is_usable(const Scaling& scaling) {
  const auto divisor = static_cast<float>(scaling.divisor);
  return std::isfinite(static_cast<float>(scaling.offset)) && std::isnormal(divisor) && divisor > 0;
}

Scaling resolve(const ScaleOption& option, DType dtype) {
  switch (option.kind) {
    case ScaleOption::Kind::automatic:
      return {.divisor = dtype == DType::uint8 ? 255.0 : 1.0};
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
          {"element", dtype == DType::uint8 ? "uint8" : "float32"},
          {"shape", shape},
          {"columns", columns},
          {"header", header_names()[static_cast<size_t>(header)]},
          {"label_names", label_names},
          {"classes", classes}};
}

Preprocessing Preprocessing::from_json(const Json& json, const std::string& source) {
  try {
    Preprocessing out;
    out.scaling.offset = json.at("scaling").at("offset").get<double>();
    out.scaling.divisor = json.at("scaling").at("divisor").get<double>();
    out.dtype = json.at("element") == "uint8" ? DType::uint8 : DType::float32;
    for (const Json& size : json.at("shape")) out.shape.push_back(read_integer(size));
    out.columns = json.at("columns").get<std::vector<std::string>>();
    if (json.contains("header")) out.header = header_of(json["header"].get<std::string>());
    out.label_names = json.at("label_names").get<std::vector<std::string>>();
    if (json.contains("classes")) out.classes = read_integer(json["classes"]);
    int64_t width = 1;
    for (const int64_t size : out.shape) {
      if (size < 1 || size > (int64_t{1} << 31) / width) throw std::out_of_range("shape");
      width *= size;
    }
    if (out.shape.empty() || out.shape.size() > kMaxAxes) throw std::out_of_range("shape");
    if (out.classes < 0 || out.classes > kMaxClasses) throw std::out_of_range("classes");
    if (!out.columns.empty() && static_cast<int64_t>(out.columns.size()) != width) {
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
