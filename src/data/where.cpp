#include "data/where.h"

#include <algorithm>
#include <map>

#include "core/error.h"
#include "core/text.h"
#include "data/dataset.h"
#include "io/formats/csv_number.h"
#include "io/quote.h"

namespace ae {
namespace {

/// The text of a JSON string, number or boolean.
std::optional<std::string> text_of(const Json& json) {
  if (json.is_string()) return json.get<std::string>();
  if (json.is_number()) return json.dump();
  if (json.is_boolean()) return json.get<bool>() ? "true" : "false";
  return std::nullopt;
}

bool read_values(const Json& json, std::vector<std::string>& values) {
  const Json list = json.is_array() ? json : Json::array({json});
  for (const Json& item : list) {
    const auto text = text_of(item);
    if (!text) return false;
    values.push_back(*text);
  }
  return !values.empty();
}

bool read_condition(const Json& json, Where::Condition& condition) {
  if (!json.is_object()) return read_values(json, condition.values);
  for (const auto& [key, value] : json.items()) {
    if (key == "not") {
      condition.negated = true;
      if (!read_values(value, condition.values)) return false;
    } else if ((key == "min" || key == "max") && value.is_number()) {
      (key == "min" ? condition.min : condition.max) = value.get<double>();
    } else {
      return false;
    }
  }
  return json.size() > 0 && (condition.values.empty() || (!condition.min && !condition.max));
}

Json condition_json(const Where::Condition& condition) {
  if (condition.negated) return {{"not", condition.values}};
  if (!condition.values.empty()) return condition.values;
  Json json = Json::object();
  if (condition.min) json["min"] = *condition.min;
  if (condition.max) json["max"] = *condition.max;
  return json;
}

/// Texts are equal, or are the same number.
bool is_same(const std::string& text, const std::string& value,
             const std::optional<double>& number) {
  if (text == value) return true;
  if (!number) return false;
  const auto read = parse_double(text);
  return read && *read == *number;
}

/// The most frequent texts of a column: "0 (2,800), 1 (1,200)".
std::string frequent(const std::vector<std::string>& texts) {
  constexpr size_t kShown = 6;
  std::map<std::string, int64_t> counts;
  for (const std::string& text : texts) ++counts[text];
  std::vector<std::pair<std::string, int64_t>> order(counts.begin(), counts.end());
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<std::string> shown;
  for (size_t i = 0; i < std::min(order.size(), kShown); ++i) {
    shown.push_back(fmt::format("{} ({})", quote(order[i].first), grouped(order[i].second)));
  }
  if (order.size() > kShown) shown.emplace_back("…");
  return join(shown);
}

/// Texts of the labels of a dataset.
std::vector<std::string> label_texts(const Dataset& data, const std::string& option) {
  if (data.labels.values.empty()) {
    throw data_error(
        "{}: {} names \"{}\", and the rows have no labels; name a column, or give "
        "their labels",
        data.path.string(), option, kLabelColumn);
  }
  std::vector<std::string> texts;
  texts.reserve(data.labels.values.size());
  for (int64_t row = 0; row < data.count(); ++row) texts.push_back(data.labels.text(row));
  return texts;
}

}  // namespace

void Where::declare(OptionVisitor& visitor, const char* name, const char* help) {
  const Json value = {{"type", Json::array({"string", "number", "boolean"})}};
  const Json values = {
      {"anyOf", Json::array({value, {{"type", "array"}, {"items", value}, {"minItems", 1}}})}};
  const auto object = [](const Json& properties) {
    return Json{{"type", "object"},
                {"properties", properties},
                {"additionalProperties", false},
                {"minProperties", 1}};
  };
  const Json number = {{"type", "number"}};
  const Json schema = {
      {"type", "object"},
      {"additionalProperties",
       {{"anyOf", Json::array({value, values["anyOf"][1], object({{"not", values}}),
                               object({{"min", number}, {"max", number}})})}}}};
  visitor.leaf({name,
                help,
                {"an object of columns, each with a value, a list of values, {\"not\": …} or "
                 "{\"min\": …, \"max\": …}",
                 schema},
                false,
                to_json(),
                [this](const Json& json) { return read(json); }});
}

Json Where::to_json() const {
  Json json = Json::object();
  for (const Condition& condition : conditions) {
    json[condition.column] = condition_json(condition);
  }
  return json;
}

bool Where::read(const Json& json) {
  if (!json.is_object()) return false;
  conditions.clear();
  for (const auto& [column, value] : json.items()) {
    Condition condition{column, {}, false, {}, {}};
    if (!read_condition(value, condition)) return false;
    conditions.push_back(std::move(condition));
  }
  return true;
}

Where where_of(const std::string& text, const std::string& option) {
  Where where;
  if (!where.read(parse_json(text, option)) || where.is_empty()) {
    throw usage_error(
        "{} {}: expected an object of columns, as for data.train.where, such as "
        R"({{"kind": "a", "year": {{"min": 2000}}}})",
        option, quote(text));
  }
  return where;
}

std::vector<std::string> Where::columns() const {
  std::vector<std::string> names;
  for (const Condition& condition : conditions) names.push_back(condition.column);
  return names;  // keys of an object, which are distinct
}

RowFilter::RowFilter(const Where& where) {
  for (size_t i = 0; i < where.conditions.size(); ++i) {
    Test test{&where.conditions[i], i, {}};
    for (const std::string& value : where.conditions[i].values) {
      test.numbers.push_back(parse_double(value));
    }
    tests_.push_back(std::move(test));
  }
}

bool RowFilter::accepts(std::span<const std::string> texts) const {
  return std::all_of(tests_.begin(), tests_.end(), [&](const Test& test) {
    const std::string& text = texts[test.column];
    const Where::Condition& condition = *test.condition;
    if (!condition.values.empty()) {
      bool any = false;
      for (size_t i = 0; i < condition.values.size() && !any; ++i) {
        any = is_same(text, condition.values[i], test.numbers[i]);
      }
      return any != condition.negated;
    }
    const auto number = parse_double(text);
    return number && (!condition.min || *number >= *condition.min) &&
           (!condition.max || *number <= *condition.max);
  });
}

std::vector<int64_t> rows_where(const Dataset& data, const Where& where,
                                const std::string& option) {
  std::vector<std::vector<std::string>> columns;
  for (const std::string& name : where.columns()) {
    const auto* texts = data.texts_of(name);
    columns.push_back(texts != nullptr ? *texts : label_texts(data, option));
  }
  const RowFilter filter(where);
  std::vector<int64_t> rows;
  std::vector<std::string> texts(columns.size());
  for (int64_t row = 0; row < data.count(); ++row) {
    for (size_t i = 0; i < columns.size(); ++i) texts[i] = columns[i][static_cast<size_t>(row)];
    if (filter.accepts(texts)) rows.push_back(row);
  }
  if (rows.empty()) {
    throw data_error("{}: {} selects none of {} rows; column {} has {}", data.path.string(), option,
                     grouped(data.count()), quote(where.conditions.front().column),
                     frequent(columns.front()));
  }
  return rows;
}

}  // namespace ae
