#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ae {

/// Search path for relative data paths, in order.
struct DataLocations {
  std::vector<std::filesystem::path> folders;

  /// Search path: `data_root`, else the environment variable AE_DATA_ROOT, else the config's
  /// folder; then data/ in the working directory.
  static DataLocations of(const std::string& data_root, const std::filesystem::path& config_folder);

  /// Path of the first match; an absolute path is returned unchanged.
  /// @throws Error(data) naming all locations searched, if there is no match
  std::filesystem::path find(const std::string& path) const;
};

}  // namespace ae
