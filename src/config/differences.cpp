#include "config/differences.h"

#include <spdlog/fmt/fmt.h>

#include "core/text.h"

namespace ae {

std::vector<std::string> differences(const Json& was, const Json& is, const std::string& path,
                                     const std::function<bool(const std::string&)>& ignored) {
  if (was == is || ignored(path)) return {};
  if (!was.is_object() || !is.is_object()) {
    return {fmt::format("{} was {} and is now {}", path, brief(was), brief(is))};
  }
  std::vector<std::string> found;
  const auto compare = [&](const std::string& key) {
    const std::string inner = path.empty() ? key : path + "." + key;
    for (std::string& each : differences(member(was, key), member(is, key), inner, ignored)) {
      found.push_back(std::move(each));
    }
  };
  for (const auto& [key, value] : was.items()) compare(key);
  for (const auto& [key, value] : is.items()) {
    if (!was.contains(key)) compare(key);
  }
  return found;
}

std::string joined_briefly(std::vector<std::string> found, size_t shown) {
  const size_t more = found.size() > shown ? found.size() - shown : 0;
  found.resize(found.size() - more);
  return join(found, "; ") + (more > 0 ? fmt::format("; and {} more", more) : "");
}

}  // namespace ae
