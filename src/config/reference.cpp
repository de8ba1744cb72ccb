#include "config/reference.h"

#include <algorithm>
#include <map>
#include <set>

#include "config/part.h"
#include "config/writer.h"
#include "core/error.h"
#include "core/text.h"

namespace ae {
namespace {

constexpr size_t kTextWidth = 88;

/// Wraps `text` to lines of kTextWidth characters, each indented by `indent` spaces.
std::string wrapped(const std::string& text, size_t indent) {
  const std::string margin(indent, ' ');
  std::string out;
  std::string line;
  const auto flush = [&] {
    if (!line.empty()) out += margin + line + "\n";
    line.clear();
  };
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    if (line.size() + (end - begin) + 1 + indent > kTextWidth) flush();
    line += (line.empty() ? "" : " ") + text.substr(begin, end - begin);
    begin = end + 1;
  }
  flush();
  return out;
}

/// True if `path` is `outer` or an option in it: "a.b" and "a[].b" are within "a".
bool is_within(const std::string& path, const std::string& outer) {
  if (!path.starts_with(outer)) return false;
  return path.size() == outer.size() || path[outer.size()] == '.' || path[outer.size()] == '[';
}

class Explainer : public OptionVisitor {
 public:
  /// Path of the first part with these type names, which is where they are explained.
  using Explained = std::map<std::string, std::string>;

  Explainer(std::string prefix, std::string path, size_t indent, Explained& explained)
      : prefix_(std::move(prefix)),
        path_(std::move(path)),
        indent_(indent),
        explained_(explained) {}

  void leaf(const Leaf& leaf) override {
    const std::string state = leaf.required ? "required" : "default " + brief(leaf.value);
    entry(at(leaf.name), leaf.type.expected + "; " + state, leaf.help);
  }

  void object(const char* name, const char* help, const Body& body) override {
    if (leads_to(at(name))) entry(at(name), "object", help);
    nested(at(name), indent_, body);
  }

  void optional_object(const char* name, const char* help, bool present,
                       const std::function<void()>& /*create*/, const Body& body) override {
    if (leads_to(at(name))) {
      entry(at(name), present ? "object" : "object; absent unless given", help);
    }
    nested(at(name), indent_, body);
  }

  void objects(const ObjectList& list) override {
    if (leads_to(at(list.name))) {
      entry(at(list.name), "a list of objects; default " + brief(detail::to_json(list)), list.help);
    }
    nested(at(list.name) + "[]", indent_, list.visit_default);
  }

  void part(const char* name, AnyPart& part, const char* help) override {
    const std::string path = at(name);
    if (!leads_to(path)) return;
    std::vector<std::string> names;
    for (const AnyPart::Type& type : part.types()) names.push_back(type.name);
    entry(path, fmt::format("one of {}; default \"{}\"", join(names), part.type()), help);
    const std::string& first = explained_.emplace(join(names), path).first->second;
    if (prefix_.empty() && first != path) {
      text_ +=
          wrapped(fmt::format("The types and their options are those of {}.", first), indent_ + 4);
    } else {
      explain_types(path, part);
    }
    explain_shared(path, part);
  }

  void parts(const PartList& list) override {
    const std::string path = at(list.name);
    if (!leads_to(path)) return;
    AnyPart& item = list.default_item();
    std::vector<std::string> names;
    for (const AnyPart::Type& type : item.types()) names.push_back(type.name);
    entry(path, fmt::format("a list of {}; absent: {}", join(names), list.absent), list.help);
    explain_types(path + "[]", item);
    explain_shared(path + "[]", item);
  }

  std::string text() && { return std::move(text_); }

 private:
  /// Options that types share are the same for each type that has them.
  void explain_shared(const std::string& path, AnyPart& part) {
    for (const AnyPart::Type& type : part.types()) {
      Explainer options(prefix_, path, indent_, explained_);
      part.visit_shared(type.name, options);
      const std::string text = std::move(options).text();
      text_ += text;
      if (!text.empty()) return;
    }
  }

  void explain_types(const std::string& path, const AnyPart& part) {
    for (const AnyPart::Type& type : part.types()) {
      Explainer options(prefix_, path, indent_ + 4, explained_);
      part.visit_defaults(type.name, options);
      const std::string text = std::move(options).text();
      if (!is_requested(path) && text.empty()) continue;
      text_ += wrapped(fmt::format("\"{}\": {}", type.name, type.summary), indent_ + 4) + text;
    }
  }

  std::string at(const std::string& name) const {
    return path_.empty() ? name : path_ + "." + name;
  }

  /// True if the path is at or under the prefix, or the prefix is under the path.
  bool leads_to(const std::string& path) const {
    return is_requested(path) || is_within(prefix_, path);
  }

  /// True if the path is at or under the prefix.
  bool is_requested(const std::string& path) const {
    return prefix_.empty() || is_within(path, prefix_);
  }

  void entry(const std::string& path, const std::string& value, const char* help) {
    const char* resumable = take_resumable() ? "; may change on --resume" : "";
    if (!is_requested(path)) return;
    const std::string margin(indent_, ' ');
    text_ += fmt::format("{}{}\n{}    ({}{})\n", margin, path, margin, value, resumable);
    text_ += wrapped(help, indent_ + 4);
  }

  void nested(const std::string& path, size_t indent, const Body& body) {
    Explainer explainer(prefix_, path, indent, explained_);
    body(explainer);
    text_ += std::move(explainer).text();
  }

  std::string prefix_;
  std::string path_;
  size_t indent_;
  Explained& explained_;
  std::string text_;
};

class PathCollector : public OptionVisitor {
 public:
  explicit PathCollector(std::string path) : path_(std::move(path)) {}

  void leaf(const Leaf& leaf) override { add(leaf.name); }

  void object(const char* name, const char* /*help*/, const Body& body) override {
    add(name);
    nested(at(name), body);
  }

  void optional_object(const char* name, const char* help, bool /*present*/,
                       const std::function<void()>& /*create*/, const Body& body) override {
    object(name, help, body);
  }

  void objects(const ObjectList& list) override {
    add(list.name);
    nested(at(list.name) + "[]", list.visit_default);
  }

  void part(const char* name, AnyPart& part, const char* /*help*/) override {
    add(name);
    add_options(at(name), part);
  }

  void parts(const PartList& list) override {
    add(list.name);
    add_options(at(list.name) + "[]", list.default_item());
  }

  const std::vector<std::string>& resumable_paths() const { return resumable_paths_; }
  /// Distinct paths in the order of declaration.
  std::vector<std::string> paths() const {
    std::vector<std::string> unique;
    std::set<std::string> seen;
    for (const std::string& path : paths_) {
      if (seen.insert(path).second) unique.push_back(path);
    }
    return unique;
  }

 private:
  std::string at(const std::string& name) const {
    return path_.empty() ? name : path_ + "." + name;
  }

  void add(const char* name) {
    paths_.push_back(at(name));
    if (take_resumable()) resumable_paths_.push_back(at(name));
  }

  void add_options(const std::string& path, AnyPart& part) {
    for (const AnyPart::Type& type : part.types()) {
      nested(path, [&](OptionVisitor& visitor) { part.visit_defaults(type.name, visitor); });
    }
    for (const AnyPart::Type& type : part.types()) {
      nested(path, [&](OptionVisitor& visitor) { part.visit_shared(type.name, visitor); });
    }
  }

  void nested(const std::string& path, const Body& body) {
    PathCollector collector(path);
    body(collector);
    const auto append = [](const auto& from, auto& to) {
      to.insert(to.end(), from.begin(), from.end());
    };
    append(collector.paths_, paths_);
    append(collector.resumable_paths_, resumable_paths_);
  }

  std::string path_;
  std::vector<std::string> paths_;
  std::vector<std::string> resumable_paths_;
};

}  // namespace

std::string detail::explained(const OptionVisitor::Body& body, const std::string& prefix) {
  Explainer::Explained already;
  Explainer explainer(prefix, "", 0, already);
  body(explainer);
  std::string text = std::move(explainer).text();
  const std::vector<std::string> resumable = resumable_paths_of(body);
  if (!prefix.empty() || resumable.empty()) return text;
  return text + "\nOptions that --resume may change:\n" + wrapped(join(resumable), 4);
}

std::vector<std::string> detail::paths_of(const OptionVisitor::Body& body) {
  PathCollector collector("");
  body(collector);
  return collector.paths();
}

std::vector<std::string> detail::resumable_paths_of(const OptionVisitor::Body& body) {
  PathCollector collector("");
  body(collector);
  return collector.resumable_paths();
}

}  // namespace ae
