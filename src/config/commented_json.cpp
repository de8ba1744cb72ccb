#include "config/commented_json.h"

#include <sstream>
#include <utility>

namespace ae {
namespace {

constexpr size_t kColumns = 100;

/// Appends a comment, broken between words.
void append_comment(const std::string& comment, const std::string& indent, std::string& out) {
  std::istringstream words(comment);
  std::string line = indent + "//";
  for (std::string word; words >> word;) {
    if (line.size() + 1 + word.size() > kColumns) {
      out += line + "\n";
      line = indent + "//";
    }
    line += " " + word;
  }
  out += line + "\n";
}

/// JSON on one line: {"type": "adam", "learning_rate": 0.004}.
std::string on_one_line(const Json& value) {
  if (!value.is_structured() || value.empty()) return value.dump();
  std::string out;
  for (const auto& [key, item] : value.items()) {
    if (!out.empty()) out += ", ";
    if (value.is_object()) out += Json(key).dump() + ": ";
    out += on_one_line(item);
  }
  return value.is_object() ? "{" + out + "}" : "[" + out + "]";
}

}  // namespace

CommentedJson& CommentedJson::add(const std::string& key, Json value, const std::string& comment) {
  members_.push_back({key, comment, std::move(value), nullptr});
  return *this;
}

CommentedJson& CommentedJson::object(const std::string& key, const std::string& comment) {
  members_.push_back({key, comment, {}, std::make_unique<CommentedJson>()});
  return *members_.back().children;
}

Json CommentedJson::json() const {
  Json json = Json::object();
  for (const Member& member : members_) {
    json[member.key] = member.children ? member.children->json() : member.value;
  }
  return json;
}

std::string CommentedJson::text(int depth) const {
  const std::string indent(static_cast<size_t>(2 * (depth + 1)), ' ');
  std::string out = "{\n";
  for (size_t i = 0; i < members_.size(); ++i) {
    const Member& member = members_[i];
    if (!member.comment.empty()) append_comment(member.comment, indent, out);
    out += indent + Json(member.key).dump() + ": ";
    out += member.children ? member.children->text(depth + 1) : on_one_line(member.value);
    out += i + 1 < members_.size() ? ",\n" : "\n";
  }
  return out + indent.substr(2) + "}";
}

}  // namespace ae
