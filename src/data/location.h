#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ae {

/// Search path for relative data paths, in order.
struct DataLocations {
  std::vector<std::filesystem::path> folders;

  /// Search path: `data_root`, the environment variable AE_DATA_ROOT, the config's folder, the
  /// working directory, and data/ in it.
  static DataLocations of(const std::string& data_root, const std::filesystem::path& config_folder);

  /// Path of the first match; an absolute path is returned unchanged.
  /// @throws Error(data) naming all locations searched, if there is no match
  std::filesystem::path find(const std::string& path) const;
};

}  // namespace ae
