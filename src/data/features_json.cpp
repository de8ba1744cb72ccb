#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "config/reader.h"
#include "config/writer.h"
#include "data/features.h"

namespace ae {
namespace {

constexpr size_t kMaxFeatures = size_t{1} << 24;

Json column_json(const TableColumn& column) {
  return {{"name", column.name},
          {"number", column.number},
          {"type", column_type_names()[static_cast<size_t>(column.type)]},
          {"categories", column.categories}};
}

TableColumn read_column(const Json& json) {
  TableColumn column{.name = json.at("name").get<std::string>(),
                     .number = json.at("number").get<int64_t>()};
  const auto type = json.at("type").get<std::string>();
  const auto names = column_type_names();
  const auto found = std::find(names.begin(), names.end(), type);
  if (found == names.end()) throw std::out_of_range("type");
  column.type = static_cast<ColumnType>(found - names.begin());
  column.categories = json.at("categories").get<std::vector<std::string>>();
  const size_t count = column.categories.size();
  const bool fits = column.type == ColumnType::numeric   ? count == 0
                    : column.type == ColumnType::boolean ? count == 2
                                                         : count > 0;
  if (!fits) throw std::out_of_range("categories");
  return column;
}

/// The options of a part as a group, to which detail::read_object() gives access.
template <class AnyOptions>
Json options_json(AnyOptions& options, const char* name) {
  return detail::to_json([&](OptionVisitor& visitor) { visitor.part(name, options, ""); })[name];
}

template <class AnyOptions>
AnyOptions read_options(const Json& json) {
  AnyOptions options;
  const ConfigSource source{.name = "features", .overridden = {}, .known_paths = {}};
  detail::read_object({{"part", json}}, source,
                      [&](OptionVisitor& visitor) { visitor.part("part", options, ""); });
  return options;
}

}  // namespace

Json Features::to_json() const {
  Json columns = Json::array();
  for (const TableColumn& column : table_) columns.push_back(column_json(column));
  Json fill = Json::array();  // null for NaN
  for (const double value : fill_) fill.push_back(std::isnan(value) ? Json() : Json(value));
  Json steps = Json::array();
  for (size_t i = 0; i < steps_.size(); ++i) {
    StepPart part = options_.steps[i];
    steps.push_back({{"options", options_json(part, "step")}, {"state", steps_[i]->state()}});
  }
  MissingPart missing = options_.missing;
  return {{"columns", columns},
          {"width", columns_},
          {"scaling", {{"offset", options_.scaling.offset}, {"divisor", options_.scaling.divisor}}},
          {"missing", options_json(missing, "missing")},
          {"fill", fill},
          {"steps", steps},
          {"indicated", indicated_},
          {"gap_fill", gap_fill_.defined() ? Json(double_vector(gap_fill_)) : Json()}};
}

Features Features::from_json(const Json& json) {
  Features out;
  for (const Json& column : json.at("columns")) out.table_.push_back(read_column(column));
  out.columns_ = json.at("width").get<int64_t>();
  if (out.columns_ < 1 || static_cast<size_t>(out.columns_) > kMaxFeatures ||
      (!out.table_.empty() && static_cast<int64_t>(out.table_.size()) != out.columns_)) {
    throw std::out_of_range("width");
  }
  out.options_.scaling = {json.at("scaling").at("offset").get<double>(),
                          json.at("scaling").at("divisor").get<double>()};
  if (!is_usable(out.options_.scaling)) throw std::out_of_range("scaling");
  out.options_.missing = read_options<MissingPart>(json.at("missing"));
  for (const Json& value : json.at("fill")) {
    out.fill_.push_back(value.is_null() ? std::numeric_limits<double>::quiet_NaN()
                                        : value.get<double>());
  }
  if (static_cast<int64_t>(out.fill_.size()) != out.columns_) throw std::out_of_range("fill");
  out.name_columns();
  auto width = static_cast<int64_t>(out.numeric_.size());
  std::vector<std::string> names(out.numeric_.size());
  for (const Json& step : json.at("steps")) {
    out.options_.steps.push_back(read_options<StepPart>(step.at("options")));
    out.steps_.push_back(restore_step(out.options_.steps.back(), step.at("state"), width));
    names = out.steps_.back()->names(names);
    width = static_cast<int64_t>(names.size());
  }
  if (!out.steps_.empty() && out.numeric_.empty()) throw std::out_of_range("steps");
  out.arrange();
  if (out.names_.empty() || out.names_.size() > kMaxFeatures) throw std::out_of_range("features");
  out.indicated_ = json.at("indicated").get<std::vector<int64_t>>();
  int64_t least = 0;  // each once, in ascending order
  for (const int64_t feature : out.indicated_) {
    if (feature < least || feature >= out.width()) throw std::out_of_range("indicated");
    least = feature + 1;
  }
  if (out.options_.missing->masks()) {
    out.gap_fill_ = read_doubles(json.at("gap_fill"), out.width()).to(at::kFloat);
  }
  return out;
}

}  // namespace ae
