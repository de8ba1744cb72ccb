#include "fuzz/json_edits.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace ae {
namespace {

using Pointer = Json::json_pointer;

constexpr size_t kMaxNodes = 4096;             // of a lengthened list, the first ones are enough
constexpr size_t kMaxBytes = size_t{1} << 20;  // of a document's text
constexpr size_t kTimes = 1000;
constexpr uint16_t kByPointer = 0xff00;

// Placeholders, which file_text() replaces.
constexpr const char* kNotUtf8 = "not UTF-8";
constexpr const char* kBottomless = "bottomless";
constexpr size_t kBottomlessLevels = 200'000;

void append_nodes(const Json& node, const Pointer& here, std::vector<Pointer>& places) {
  if (places.size() >= kMaxNodes) return;
  places.push_back(here);
  if (node.is_object()) {
    for (const auto& [key, value] : node.items()) append_nodes(value, here / key, places);
  }
  if (node.is_array()) {
    for (size_t i = 0; i < node.size() && places.size() < kMaxNodes; ++i) {
      append_nodes(node[i], here / i, places);
    }
  }
}

std::optional<Pointer> read_pointer(EditSource& source, const Json& document) {
  const uint16_t number = source.number();
  if (number == kByPointer) {
    const std::string text(source.text());
    try {
      const Pointer pointer(text);
      if (document.contains(pointer)) return pointer;
    } catch (const Json::exception&) {
      // Not a pointer.
    }
    return std::nullopt;
  }
  std::vector<Pointer> places;
  append_nodes(document, Pointer(), places);
  return places[number % places.size()];
}

std::string repeated(std::string_view text, size_t times) {
  std::string all;
  for (size_t i = 0; i < times; ++i) all += text;
  return all;
}

Json nested(int levels) {
  Json value = Json::array();
  for (int i = 1; i < levels; ++i) value = Json::array({std::move(value)});
  return value;
}

/// Values that readers may not expect.
const std::vector<Json>& nasty_values() {
  static const std::vector<Json> kValues = {
      nullptr,                               // 0
      true,                                  // 1
      -1,                                    // 2
      0,                                     // 3
      1,                                     // 4
      2.5,                                   // 5
      int64_t{1} << 16,                      // 6
      int64_t{1} << 31,                      // 7
      int64_t{1} << 53,                      // 8
      int64_t{1} << 61,                      // 9
      std::numeric_limits<int64_t>::max(),   // 10
      std::numeric_limits<int64_t>::min(),   // 11
      std::numeric_limits<uint64_t>::max(),  // 12
      1e308,                                 // 13
      -1e308,                                // 14
      1e-320,                                // 15
      1e39,                                  // 16: beyond float32
      "",                                    // 17
      repeated("x", 70000),                  // 18
      std::string("a\0b", 3),                // 19
      "../..",                               // 20
      "\x1b[2J\n",                           // 21
      kNotUtf8,                              // 22
      Json::array(),                         // 23
      Json::object(),                        // 24
      nested(65),                            // 25
      kBottomless,                           // 26
      "F64",                                 // 27
      "I64",                                 // 28
      "BOOL",                                // 29
  };
  return kValues;
}

/// The text parsed as JSON if it is valid, else as a JSON string.
Json literal(std::string_view text) {
  Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!value.is_discarded()) return value;
  // Replaces invalid UTF-8.
  return Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace));
}

/// Index of an item of a list; nullopt for a member of an object.
std::optional<size_t> index_in(const Json& parent, const Pointer& place) {
  if (!parent.is_array()) return std::nullopt;
  return std::stoul(place.back());
}

void remove(Json& document, const Pointer& place, EditSource& /*source*/) {
  if (place.empty()) {
    document = nullptr;
    return;
  }
  Json& parent = document.at(place.parent_pointer());
  const auto index = index_in(parent, place);
  index ? parent.erase(*index) : static_cast<void>(parent.erase(place.back()));
}

void duplicate(Json& document, const Pointer& place, EditSource& /*source*/) {
  if (place.empty()) return;
  const Json copy = document.at(place);
  Json& parent = document.at(place.parent_pointer());
  if (const auto index = index_in(parent, place)) {
    parent.insert(parent.begin() + static_cast<std::ptrdiff_t>(*index), copy);
  } else {
    parent[place.back() + "_"] = copy;
  }
}

void lengthen(Json& document, const Pointer& place, EditSource& /*source*/) {
  Json& node = document.at(place);
  const size_t times = std::clamp<size_t>(kMaxBytes / (node.dump().size() + 1), 1, kTimes);
  if (node.is_string()) {
    node = repeated(node.get_ref<const std::string&>(), times);
    return;
  }
  const Json elements = node.is_array() ? node : Json::array({node});
  Json longer = Json::array();
  for (size_t i = 0; i < times; ++i) longer.insert(longer.end(), elements.begin(), elements.end());
  node = std::move(longer);
}

void put_nasty(Json& document, const Pointer& place, EditSource& source) {
  const std::vector<Json>& values = nasty_values();
  document.at(place) = values[source.byte() % values.size()];
}

void put_literal(Json& document, const Pointer& place, EditSource& source) {
  document.at(place) = literal(source.text());
}

/// Adds the byte as a signed number.
void add(Json& document, const Pointer& place, EditSource& source) {
  const auto difference = static_cast<int8_t>(source.byte());
  Json& node = document.at(place);
  if (node.is_number_float()) node = node.get<double>() + difference;
  if (!node.is_number_integer()) return;
  node = static_cast<int64_t>(node.get<uint64_t>() +
                              static_cast<uint64_t>(static_cast<int64_t>(difference)));
}

void swap(Json& document, const Pointer& place, EditSource& source) {
  const std::optional<Pointer> other = read_pointer(source, document);
  if (!other) return;
  Json here = document.at(place);
  Json there = document.at(*other);
  document.at(place) = std::move(there);
  // If one contained the other, only one of them is left to be set.
  if (document.contains(*other)) document.at(*other) = std::move(here);
}

void rename(Json& document, const Pointer& place, EditSource& source) {
  const Json name = literal(source.text());
  if (place.empty() || !name.is_string()) return;
  Json& parent = document.at(place.parent_pointer());
  if (!parent.is_object() || parent.contains(name.get_ref<const std::string&>())) return;
  Json renamed = Json::object();
  for (const auto& [key, value] : parent.items()) {
    renamed[key == place.back() ? name.get<std::string>() : key] = value;
  }
  parent = std::move(renamed);
}

/// Operations, by the byte that selects them, with their operand.
constexpr std::array<void (*)(Json&, const Pointer&, EditSource&), 8> kOperations = {
    remove,       // 0
    duplicate,    // 1
    lengthen,     // 2
    put_nasty,    // 3 byte: index in nasty_values()
    put_literal,  // 4 text: JSON
    add,          // 5 byte: signed
    swap,         // 6 place
    rename,       // 7 text
};

}  // namespace

void edit_json(Json& document, EditSource& source) {
  const std::optional<Pointer> place = read_pointer(source, document);
  const auto operation = kOperations[source.byte() % kOperations.size()];
  // The limit stops repeated edits that double the document.
  if (place && document.dump().size() <= kMaxBytes) return operation(document, *place, source);
  Json nothing;
  operation(nothing, Pointer(), source);  // consumes the operand
}

std::string file_text(std::string text) {
  const auto replace = [&text](const std::string& from, const std::string& to) {
    for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
      text.replace(at, from.size(), to);
    }
  };
  replace(kNotUtf8, std::string("\xff") + (kNotUtf8 + 1));
  replace(Json(kBottomless).dump(), std::string(kBottomlessLevels, '['));
  return text;
}

}  // namespace ae
