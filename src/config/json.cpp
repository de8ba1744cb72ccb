#include "config/json.h"

#include <functional>
#include <unordered_set>
#include <vector>

#include "core/error.h"

namespace ae {
namespace {

constexpr int kMaxDepth = 64;
constexpr size_t kMaxKeys = 4096;  // of one object, in which keys are found one by one
constexpr size_t kMaxValues = size_t{4} << 20;

/// Watches a parse for what JSON itself lets pass: a key given twice, and sizes without bounds.
class ParseGuard {
 public:
  explicit ParseGuard(std::string_view source) : source_(source) {}

  bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
    using Event = Json::parse_event_t;
    if (depth > kMaxDepth) {
      throw usage_error("{}: nested deeper than {} levels at key {}", source_, kMaxDepth,
                        brief(path()));
    }
    if (event != Event::key && ++values_ > kMaxValues) {
      throw usage_error("{}: holds more than {} values", source_, kMaxValues);
    }
    if (event == Event::object_start) objects_.emplace_back();
    if (event == Event::object_end) objects_.pop_back();
    if (event == Event::key) note_key(parsed.get<std::string>());
    return true;
  }

  /// Where the parse is, by the keys that lead there: "model.latent_dim".
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
};

}  // namespace

Json parse_json(std::string_view text, std::string_view source) {
  ParseGuard guard(source);
  try {
    return Json::parse(text.begin(), text.end(), std::ref(guard), /*allow_exceptions=*/true,
                       /*ignore_comments=*/true);
  } catch (const Json::exception& error) {
    std::string what = error.what();
    if (const size_t end = what.find("] "); end != std::string::npos) what.erase(0, end + 2);
    for (char& c : what) {
      if (c == '\n' || c == '\r') c = ' ';
    }
    // A number beyond double's range comes without its place.
    const bool has_place = dynamic_cast<const Json::parse_error*>(&error) != nullptr;
    throw usage_error("{}: not valid JSON: {}{}", source, what,
                      has_place ? "" : fmt::format(" at key {}", brief(guard.path())));
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
