#include "config/reader.h"

#include <algorithm>

#include "config/part.h"
#include "core/error.h"
#include "core/text.h"

namespace ae {
namespace {

/// Reads one JSON object; each nested object has its own reader.
class Reader : public OptionVisitor {
 public:
  Reader(const Json& json, std::string path, const ConfigSource& source)
      : json_(json), path_(std::move(path)), source_(source) {
    if (!json_.is_object()) throw mismatch(path_, json_, "an object {…}");
  }

  bool reading() const override { return true; }

  void leaf(const Leaf& leaf) override {
    const Json* value = find(leaf.name);
    if (value == nullptr) {
      if (leaf.required) missing_.push_back({at(leaf.name), leaf.type.expected, leaf.help});
      return;
    }
    if (leaf.assign(*value)) return;
    std::string hint;
    if (is_beyond_float(*value)) hint = " of at most 3.4e38 in magnitude, the range of float32";
    if (has_nul(*value)) hint = ", without NUL characters";
    if (leaf.type.schema.contains("enum") && value->is_string()) {
      hint = did_you_mean(value->get<std::string>(),
                          leaf.type.schema["enum"].get<std::vector<std::string>>());
    }
    throw mismatch(at(leaf.name), *value, leaf.type.expected + hint);
  }

  void object(const char* name, const char* /*help*/, const Body& body) override {
    static const Json kEmpty = Json::object();
    const Json* value = find(name);
    read(value == nullptr ? kEmpty : *value, at(name), body);
  }

  void optional_object(const char* name, const char* /*help*/, bool /*present*/,
                       const std::function<void()>& create, const Body& body) override {
    const Json* value = find(name);
    if (value == nullptr || value->is_null()) return;
    create();
    read(*value, at(name), body);
  }

  void objects(const ObjectList& list) override {
    const Json* value = find(list.name);
    if (value == nullptr) return;
    check_list(at(list.name), *value, "objects [{…}, …]");
    list.resize(value->size());
    for (size_t i = 0; i < value->size(); ++i) {
      read((*value)[i], fmt::format("{}[{}]", at(list.name), i),
           [&](OptionVisitor& visitor) { list.visit(i, visitor); });
    }
  }

  void part(const char* name, AnyPart& part, const char* /*help*/) override {
    static const Json kDefaultType = Json::object();
    const Json* value = find(name);
    read_part(value == nullptr ? kDefaultType : *value, at(name), part);
  }

  void parts(const PartList& list) override {
    const Json* value = find(list.name);
    if (value == nullptr || value->is_null()) return;
    check_list(at(list.name), *value, "items, or null");
    list.resize(value->size());
    for (size_t i = 0; i < value->size(); ++i) {
      const Json& item = (*value)[i];
      const std::string path = fmt::format("{}[{}]", at(list.name), i);
      // Unlike a single part, an item has no default type.
      if (item.is_object() && !item.contains("type")) {
        throw mismatch(path, item,
                       "an object with \"type\", one of " + join(type_names(list.item(i))));
      }
      read_part(item, path, list.item(i));
    }
  }

  /// Reports unknown keys and missing options; called after all declarations.
  void finish() const {
    refuse_unknown();
    // An option may be missing because its object is misspelt: unknown keys are reported first.
    if (missing_.empty()) return;
    const Missing& first = missing_.front();
    throw usage_error("{}: {} is missing; expected {} ({})", source_.name, first.path,
                      first.expected, first.help);
  }

 private:
  /// @param items  what the list consists of, for the message
  void check_list(const std::string& path, const Json& value, const char* items) const {
    if (value.is_array() && value.size() <= kMaxListItems) return;
    throw mismatch(path, value, fmt::format("a list of at most {} {}", kMaxListItems, items));
  }

  struct Missing {
    std::string path;
    std::string expected;
    std::string help;
  };

  void refuse_unknown() const {
    for (const auto& [key, value] : json_.items()) {
      if (!declared(key)) throw unknown(key);
    }
  }

  void read(const Json& json, const std::string& path, const Body& body,
            const char* also_declared = nullptr) {
    Reader nested(json, path, source_);
    if (also_declared != nullptr) nested.declared_.emplace_back(also_declared);
    body(nested);
    nested.refuse_unknown();
    missing_.insert(missing_.end(), nested.missing_.begin(), nested.missing_.end());
  }

  static std::vector<std::string> type_names(const AnyPart& part) {
    std::vector<std::string> names;
    for (const AnyPart::Type& type : part.types()) names.push_back(type.name);
    return names;
  }

  /// Reads a part: the name of its type, or an object with its options.
  void read_part(const Json& value, const std::string& path, AnyPart& part) {
    const Json given = value.is_string() ? Json{{"type", value}} : value;
    const std::vector<std::string> names = type_names(part);
    if (!given.is_object()) {
      throw mismatch(path, given,
                     fmt::format("one of {}, or an object with \"type\"", join(names)));
    }
    select(path, part, given, names);
    read(
        given, path,
        [&](OptionVisitor& visitor) {
          part.visit_type(visitor);
          part.visit_shared(part.type(), visitor);
        },
        "type");
  }

  void select(const std::string& path, AnyPart& part, const Json& given,
              const std::vector<std::string>& names) const {
    const auto given_type = given.find("type");
    if (given_type == given.end()) return;
    const std::string type = given_type->is_string() ? given_type->get<std::string>() : "";
    if (std::find(names.begin(), names.end(), type) == names.end()) {
      throw mismatch(given_type->is_string() ? path : path + ".type", *given_type,
                     "one of " + join(names) + did_you_mean(type, names));
    }
    part.select(type);
  }

  const Json* find(const char* name) {
    declared_.emplace_back(name);
    const auto it = json_.find(name);
    return it == json_.end() ? nullptr : &*it;
  }

  bool declared(const std::string& key) const {
    return std::find(declared_.begin(), declared_.end(), key) != declared_.end();  // a few dozen
  }

  std::string at(const std::string& name) const {
    return path_.empty() ? name : path_ + "." + name;
  }

  std::string origin(const std::string& path) const {
    return source_.overridden.count(path) != 0 ? "--set" : source_.name;
  }

  Error mismatch(const std::string& path, const Json& value, const std::string& expected) const {
    if (path.empty()) return usage_error("{}: expected {}", source_.name, expected);
    return usage_error("{}: {} = {}; expected {}", origin(path), path, brief(value), expected);
  }

  Error unknown(const std::string& key) const {
    std::string hint = did_you_mean(key, declared_);
    if (hint.empty()) hint = elsewhere(key);
    if (hint.empty()) hint = "; allowed here: " + join(declared_);
    return usage_error("{}: unknown key {}{}{}", origin(at(key)), brief(key),
                       path_.empty() ? "" : " in " + path_, hint);
  }

  /// Suggests the path of a misplaced key, such as "epochs" at the top level.
  std::string elsewhere(const std::string& key) const {
    std::vector<std::string> names;
    names.reserve(source_.known_paths.size());
    for (const std::string& path : source_.known_paths) {
      names.push_back(path.substr(path.find_last_of('.') + 1));
    }
    const std::string meant = nearest(key, names);
    const auto found = std::find(names.begin(), names.end(), meant);
    if (found == names.end()) return "";
    return fmt::format("; did you mean \"{}\"?",
                       source_.known_paths[static_cast<size_t>(found - names.begin())]);
  }

  const Json& json_;
  std::string path_;
  const ConfigSource& source_;
  std::vector<std::string> declared_;
  std::vector<Missing> missing_;
};

}  // namespace

namespace detail {

void read_object(const Json& json, const ConfigSource& source, const OptionVisitor::Body& body) {
  Reader reader(json, "", source);
  body(reader);
  reader.finish();
}

}  // namespace detail
}  // namespace ae
