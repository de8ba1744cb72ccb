#include "data/location.h"

#include <algorithm>
#include <cstdlib>

#include "core/error.h"
#include "core/text.h"
#include "io/path_kind.h"

namespace ae {

namespace fs = std::filesystem;

DataLocations DataLocations::of(const std::string& data_root, const fs::path& config_folder) {
  DataLocations locations;
  const char* environment = std::getenv("AE_DATA_ROOT");
  const auto add = [&](const fs::path& folder) {
    auto& all = locations.folders;
    if (std::find(all.begin(), all.end(), folder) == all.end()) all.push_back(folder);
  };
  if (!data_root.empty()) add(data_root);
  if (environment != nullptr && *environment != '\0') add(environment);
  if (!config_folder.empty()) add(config_folder);
  add(".");
  add("data");
  return locations;
}

fs::path DataLocations::find(const std::string& path) const {
  if (fs::path(path).is_absolute()) {
    if (path_kind(path) != PathKind::absent) return path;
    throw data_error("{}: no such file", path);
  }
  std::vector<std::string> searched;
  for (const fs::path& folder : folders) {
    const fs::path candidate = folder / path;
    if (path_kind(candidate) != PathKind::absent) return candidate;
    searched.push_back(candidate.lexically_normal().string());
  }
  throw data_error("{}: no such file; looked for {}; name its folder with --data-root", path,
                   join(searched, " and "));
}

}  // namespace ae
