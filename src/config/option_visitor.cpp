#include "config/option_visitor.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/text.h"

namespace ae {
namespace {

constexpr double kMaxInteger = 0x1p53;

std::string range_text(const Range& range, bool plural = false) {
  const bool low = std::isfinite(range.min);
  const bool high = std::isfinite(range.max);
  if (low && high) {
    return fmt::format(" in {}{}, {}{}", range.min_open ? '(' : '[', range.min, range.max,
                       range.max_open ? ')' : ']');
  }
  const char* verb = plural ? ", each" : "";
  if (low) {
    return fmt::format("{} {} {}", verb, range.min_open ? "above" : "of at least", range.min);
  }
  if (high) {
    return fmt::format("{} {} {}", verb, range.max_open ? "below" : "of at most", range.max);
  }
  return "";
}

Json range_schema(const char* type, const Range& range) {
  const bool whole = std::string(type) == "integer";
  const double limit = whole ? kMaxInteger : std::numeric_limits<float>::max();
  const auto number = [&](double x) { return whole ? Json(static_cast<int64_t>(x)) : Json(x); };
  return {{"type", type},
          {range.min_open ? "exclusiveMinimum" : "minimum", number(std::max(range.min, -limit))},
          {range.max_open ? "exclusiveMaximum" : "maximum", number(std::min(range.max, limit))}};
}

/// Integers are exact in a double, in which ranges are compared, up to 2^53; no option needs more.
bool is_exact(const Json& json) {
  if (json.is_number_unsigned()) return json.get<uint64_t>() <= uint64_t{1} << 53;
  if (json.is_number_integer()) return json.get<int64_t>() >= -(int64_t{1} << 53);
  return std::abs(json.get<double>()) <= kMaxInteger;
}

bool to_integer(const Json& json, const Range& range, int64_t& value) {
  if (!json.is_number() || !is_exact(json)) return false;
  const auto real = json.get<double>();
  if (real != std::floor(real) || !range.contains(real)) return false;
  value = json.get<int64_t>();
  return true;
}

bool to_number(const Json& json, const Range& range, double& value) {
  if (!json.is_number() || !range.contains(json.get<double>()) || is_beyond_float(json)) {
    return false;
  }
  value = json.get<double>();
  return true;
}

bool to_text(const Json& json, std::string& value) {
  if (!json.is_string() || has_nul(json)) return false;
  value = json.get<std::string>();
  return true;
}

/// Reads the name or the number of a column.
bool to_column(const Json& json, std::string& value) {
  if (!json.is_number_integer()) return to_text(json, value);
  if (json.is_number_unsigned() ? json.get<uint64_t>() == 0 : json.get<int64_t>() < 1) return false;
  value = json.dump();
  return true;
}

template <class T>
Json optional_json(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

}  // namespace

bool is_beyond_float(const Json& value) {
  return value.is_number() && std::abs(value.get<double>()) > std::numeric_limits<float>::max();
}

bool has_nul(const Json& value) {
  return value.is_string() && value.get_ref<const std::string&>().find('\0') != std::string::npos;
}

ValueType boolean_type() { return {"true or false", {{"type", "boolean"}}}; }

ValueType text_type() { return {"a string", {{"type", "string"}}}; }

ValueType nonempty_text_type() {
  return {"a non-empty string", {{"type", "string"}, {"minLength", 1}}};
}

ValueType column_type() {
  return {"a string, or the number of a column from 1",
          {{"anyOf", Json::array({{{"type", "string"}}, {{"type", "integer"}, {"minimum", 1}}})}}};
}
ValueType column_list_type() {
  return {"a list of strings, or of numbers of columns from 1",
          {{"type", "array"}, {"items", column_type().schema}}};
}

ValueType integer_type(const Range& range) {
  std::string text = range_text(range);
  if (!std::isfinite(range.max)) text += text.empty() ? " of at most 2^53" : " and at most 2^53";
  return {"an integer" + text, range_schema("integer", range)};
}

ValueType number_type(const Range& range) {
  return {"a number" + range_text(range), range_schema("number", range)};
}

ValueType integer_list_type(const Range& each) {
  return {
      fmt::format("a list of at most {} integers{}", kMaxListItems, range_text(each, true)),
      {{"type", "array"}, {"items", range_schema("integer", each)}, {"maxItems", kMaxListItems}}};
}

ValueType choice_type(std::span<const std::string> allowed) {
  return {"one of " + join(allowed),
          {{"enum", std::vector<std::string>(allowed.begin(), allowed.end())}}};
}

ValueType choice_list_type(std::span<const std::string> allowed) {
  return {"a list of distinct ones of " + join(allowed),
          {{"type", "array"}, {"items", choice_type(allowed).schema}, {"uniqueItems", true}}};
}

ValueType or_null(ValueType type) {
  type.expected += ", or null";
  type.schema = {{"anyOf", Json::array({type.schema, {{"type", "null"}}})}};
  return type;
}

void OptionVisitor::option(const char* name, bool& value, const char* help) {
  leaf({name, help, boolean_type(), false, value, [&value](const Json& json) {
          if (json.is_boolean()) value = json.get<bool>();
          return json.is_boolean();
        }});
}

void OptionVisitor::option(const char* name, int64_t& value, const Range& range, const char* help) {
  leaf({name, help, integer_type(range), false, value,
        [&value, range](const Json& json) { return to_integer(json, range, value); }});
}

void OptionVisitor::option(const char* name, double& value, const Range& range, const char* help) {
  leaf({name, help, number_type(range), false, value,
        [&value, range](const Json& json) { return to_number(json, range, value); }});
}

void OptionVisitor::option(const char* name, std::string& value, const char* help) {
  leaf({name, help, text_type(), false, value,
        [&value](const Json& json) { return to_text(json, value); }});
}

void OptionVisitor::option(const char* name, std::vector<int64_t>& value, const Range& each,
                           const char* help) {
  leaf({name, help, integer_list_type(each), false, value, [&value, each](const Json& json) {
          if (!json.is_array() || json.size() > kMaxListItems) return false;
          std::vector<int64_t> read(json.size());
          for (size_t i = 0; i < read.size(); ++i) {
            if (!to_integer(json[i], each, read[i])) return false;
          }
          value = std::move(read);
          return true;
        }});
}

void OptionVisitor::column(const char* name, std::string& value, const char* help) {
  leaf({name, help, column_type(), false, value,
        [&value](const Json& json) { return to_column(json, value); }});
}

void OptionVisitor::columns(const char* name, std::vector<std::string>& value, const char* help) {
  leaf({name, help, column_list_type(), false, value, [&value](const Json& json) {
          if (!json.is_array()) return false;
          std::vector<std::string> read(json.size());
          for (size_t i = 0; i < read.size(); ++i) {
            if (!to_column(json[i], read[i])) return false;
          }
          value = std::move(read);
          return true;
        }});
}

void OptionVisitor::column(const char* name, std::string& first, std::vector<std::string>& further,
                           const char* help) {
  const ValueType one = column_type();
  const ValueType several = column_list_type();
  Json schema = several.schema;
  schema["minItems"] = 1;
  schema["maxItems"] = kMaxListItems;
  schema["items"]["anyOf"][0]["minLength"] = 1;
  std::vector<std::string> all = {first};
  all.insert(all.end(), further.begin(), further.end());
  leaf({name,
        help,
        {one.expected + ", or " + several.expected, {{"anyOf", {one.schema, schema}}}},
        false,
        further.empty() ? Json(first) : Json(all),
        [&first, &further](const Json& json) {
          further.clear();
          if (!json.is_array()) return to_column(json, first);
          std::vector<std::string> read(json.size());
          for (size_t i = 0; i < read.size(); ++i) {
            if (!to_column(json[i], read[i]) || read[i].empty()) return false;
          }
          if (read.empty() || read.size() > kMaxListItems) return false;
          first = read.front();
          further.assign(read.begin() + 1, read.end());
          return true;
        }});
}

void OptionVisitor::texts(const char* name, std::vector<std::string>& value, const char* help) {
  const ValueType type = {"a list of strings",
                          {{"type", "array"}, {"items", {{"type", "string"}}}}};
  leaf({name, help, type, false, value, [&value](const Json& json) {
          const bool texts =
              json.is_array() && std::all_of(json.begin(), json.end(), [](const Json& item) {
                return item.is_string() && !has_nul(item);
              });
          if (texts) value = json.get<std::vector<std::string>>();
          return texts;
        }});
}

void OptionVisitor::option(const char* name, std::optional<int64_t>& value, const Range& range,
                           const char* help) {
  leaf({name, help, or_null(integer_type(range)), false, optional_json(value),
        [&value, range](const Json& json) {
          if (json.is_null()) {
            value.reset();
            return true;
          }
          return to_integer(json, range, value.emplace());
        }});
}

void OptionVisitor::option(const char* name, std::optional<double>& value, const Range& range,
                           const char* help) {
  leaf({name, help, or_null(number_type(range)), false, optional_json(value),
        [&value, range](const Json& json) {
          if (json.is_null()) {
            value.reset();
            return true;
          }
          return to_number(json, range, value.emplace());
        }});
}

void OptionVisitor::choice(const char* name, std::string& value,
                           std::span<const std::string> allowed, const char* help) {
  leaf({name, help, choice_type(allowed), false, value, [&value, allowed](const Json& json) {
          if (!json.is_string()) return false;
          const auto text = json.get<std::string>();
          if (std::find(allowed.begin(), allowed.end(), text) == allowed.end()) return false;
          value = text;
          return true;
        }});
}

void OptionVisitor::choices(const char* name, std::vector<std::string>& value,
                            std::span<const std::string> allowed, const char* help) {
  leaf({name, help, choice_list_type(allowed), false, value, [&value, allowed](const Json& json) {
          if (!json.is_array()) return false;
          std::vector<std::string> read;
          for (const Json& each : json) {
            std::string text;
            const bool is_new = to_text(each, text) && std::ranges::find(read, text) == read.end();
            if (!is_new || std::ranges::find(allowed, text) == allowed.end()) return false;
            read.push_back(std::move(text));
          }
          value = std::move(read);
          return true;
        }});
}

void OptionVisitor::required(const char* name, int64_t& value, const Range& range,
                             const char* help) {
  leaf({name, help, integer_type(range), true, value,
        [&value, range](const Json& json) { return to_integer(json, range, value); }});
}

void OptionVisitor::required(const char* name, std::string& value, const char* help) {
  leaf({name, help, nonempty_text_type(), true, value,
        [&value](const Json& json) { return to_text(json, value) && !value.empty(); }});
}

}  // namespace ae
