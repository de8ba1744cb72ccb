#include "data/location.h"

#include <cstdlib>

#include "core/error.h"
#include "core/text.h"
#include "io/path_kind.h"

namespace ae {

namespace fs = std::filesystem;

DataLocations DataLocations::of(const std::string& data_root, const fs::path& config_folder) {
  DataLocations locations;
  const char* environment = std::getenv("AE_DATA_ROOT");
  if (!data_root.empty()) {
    locations.folders.emplace_back(data_root);
  } else if (environment != nullptr && *environment != '\0') {
    locations.folders.emplace_back(environment);
  } else {
    locations.folders.push_back(config_folder.empty() ? "." : config_folder);
  }
  locations.folders.emplace_back("data");
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
