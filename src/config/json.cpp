#include "config/json.h"

#include <unordered_set>
#include <vector>

#include "core/error.h"

namespace ae {
namespace {

constexpr int kMaxDepth = 64;
constexpr size_t kMaxKeys = 4096;  // per object, as its keys are searched linearly
constexpr size_t kMaxValues = size_t{4} << 20;

/// Pass over a text before it is parsed, which refuses duplicate keys and excessive sizes. (A
/// parser callback would need no pass of its own, but takes quadratic time: the library searches a
/// list after each object.)
class TextGuard : public nlohmann::json_sax<Json> {
 public:
  explicit TextGuard(std::string_view source) : source_(source) {}

  bool null() override { return count(); }
  bool boolean(bool /*value*/) override { return count(); }
  bool number_integer(int64_t /*value*/) override { return count(); }
  bool number_unsigned(uint64_t /*value*/) override { return count(); }
  bool number_float(double /*value*/, const std::string& /*text*/) override { return count(); }
  bool string(std::string& /*value*/) override { return count(); }
  bool binary(Json::binary_t& /*value*/) override { return count(); }
  bool start_array(size_t /*size*/) override { return count() && ++depth_ > 0; }
  bool end_array() override { return --depth_ >= 0; }
  bool start_object(size_t /*size*/) override {
    count();
    objects_.emplace_back();
    return ++depth_ > 0;
  }
  bool end_object() override {
    objects_.pop_back();
    return --depth_ >= 0;
  }
  bool key(std::string& key) override {
    note_key(key);
    return true;
  }
  /// Ignored: the parser reports it with its position.
  bool parse_error(size_t /*position*/, const std::string& /*token*/,
                   const Json::exception& /*error*/) override {
    return false;
  }

  /// Path of the current key, such as "model.latent_dim".
  std::string path() const {
    std::string path;
    for (const Object& outer : objects_) path += (path.empty() ? "" : ".") + outer.current;
    return path;
  }

 private:
  struct Object {
    std::unordered_set<std::string> keys;
    std::string current;
  };

  bool count() {
    if (depth_ > kMaxDepth) {
      throw usage_error("{}: nested deeper than {} levels at key {}", source_, kMaxDepth,
                        brief(path()));
    }
    if (++values_ > kMaxValues) {
      throw usage_error("{}: holds more than {} values", source_, kMaxValues);
    }
    return true;
  }

  void note_key(const std::string& key) {
    Object& object = objects_.back();
    object.current = key;
    if (object.keys.size() >= kMaxKeys) {
      throw usage_error("{}: an object has more than {} keys, up to key {}", source_, kMaxKeys,
                        brief(path()));
    }
    if (object.keys.insert(key).second) return;
    throw usage_error("{}: key {} is given twice; keep one", source_, brief(path()));
  }

  std::string source_;
  std::vector<Object> objects_;
  size_t values_ = 0;
  int depth_ = 0;  // of open containers
};

}  // namespace

Json parse_json(std::string_view text, std::string_view source) {
  // The parser takes it for the end.
  if (const size_t nul = text.find('\0'); nul != std::string_view::npos) {
    throw usage_error("{}: not valid JSON: a NUL character at byte {}", source, nul);
  }
  TextGuard guard(source);
  Json::sax_parse(text.begin(), text.end(), &guard, nlohmann::detail::input_format_t::json,
                  /*strict=*/true, /*ignore_comments=*/true);
  try {
    return Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/true,
                       /*ignore_comments=*/true);
  } catch (const Json::exception& error) {
    std::string what = error.what();
    if (const size_t end = what.find("] "); end != std::string::npos) what.erase(0, end + 2);
    for (char& c : what) {
      if (c == '\n' || c == '\r') c = ' ';
    }
    // The error of a number beyond double's range has no position.
    const bool has_position = dynamic_cast<const Json::parse_error*>(&error) != nullptr;
    throw usage_error("{}: not valid JSON: {}{}", source, what,
                      has_position ? "" : fmt::format(" at key {}", brief(guard.path())));
  }
}

Json member(const Json& json, const std::string& key) {
  if (!json.is_object()) return nullptr;
  const auto found = json.find(key);
  return found == json.end() ? Json() : *found;
}

std::string brief(const Json& value, size_t limit) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > limit) {
    size_t end = limit;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text = text.substr(0, end) + "…";
  }
  return text;
}

}  // namespace ae
