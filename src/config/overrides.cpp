#include "config/overrides.h"

#include "core/error.h"
#include "core/utf8.h"

namespace ae {
namespace {

std::vector<std::string> split_path(const std::string& path, const std::string& setting) {
  std::vector<std::string> keys;
  size_t begin = 0;
  while (begin <= path.size()) {
    const size_t end = std::min(path.find('.', begin), path.size());
    keys.push_back(path.substr(begin, end - begin));
    if (keys.back().empty()) {
      throw usage_error("--set {}: expected KEY=VALUE with a key such as model.latent_dim",
                        setting);
    }
    begin = end + 1;
  }
  return keys;
}

/// Member of an object for one step of a path: `key`, created if absent, or the list item `key[2]`.
Json& member(Json& object, const std::string& step, const std::string& setting) {
  const size_t bracket = step.back() == ']' ? step.rfind('[') : std::string::npos;
  Json& found = object[step.substr(0, std::min(bracket, step.size()))];
  if (bracket == std::string::npos) return found;
  const std::string digits = step.substr(bracket + 1, step.size() - bracket - 2);
  const bool is_number = !digits.empty() && digits.size() < 10 &&
                         digits.find_first_not_of("0123456789") == std::string::npos;
  const size_t index = is_number ? std::stoul(digits) : 0;
  if (!is_number || !found.is_array() || index >= found.size()) {
    throw usage_error("--set {}: there is no {} in the config; {} is {}", setting, step,
                      step.substr(0, bracket), found.is_null() ? "not given" : brief(found));
  }
  return found[index];
}

Json value_of(const std::string& text) {
  if (Json::accept(text)) return parse_json(text, "--set");
  if (!is_utf8(text)) throw usage_error("--set …={}: is not UTF-8", brief(Json(text)));
  return text;
}

}  // namespace

std::set<std::string> apply_overrides(Json& config, const std::vector<std::string>& settings) {
  std::set<std::string> paths;
  for (const std::string& setting : settings) {
    const size_t equals = setting.find('=');
    const std::string path = setting.substr(0, std::min(equals, setting.size()));
    if (equals == std::string::npos) {
      throw usage_error("--set {}: expected KEY=VALUE, for example model.latent_dim=2", setting);
    }
    Json* node = &config;
    for (const std::string& key : split_path(path, setting)) {
      if (node->is_null()) *node = Json::object();
      if (node->is_string()) *node = {{"type", *node}};
      if (!node->is_object()) {
        throw usage_error("--set {}: {} is inside {}, which is not an object", setting, key,
                          brief(*node));
      }
      node = &member(*node, key, setting);
    }
    *node = value_of(setting.substr(equals + 1));
    paths.insert(path);
  }
  return paths;
}

Json layered(const Json& below, const Json& above) {
  if (!below.is_object()) return above;
  Json upper = above;
  if (below.contains("type")) {
    if (upper.is_string()) upper = {{"type", upper}};
    if (upper.is_object() && upper.contains("type") && upper["type"] != below["type"]) return upper;
  }
  if (!upper.is_object()) return upper;
  Json merged = below;
  for (const auto& [key, value] : upper.items()) {
    merged[key] = merged.contains(key) ? layered(merged[key], value) : value;
  }
  return merged;
}

}  // namespace ae
