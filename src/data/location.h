#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ae {

/// Where relative data paths are looked up, first to last.
struct DataLocations {
  std::vector<std::filesystem::path> folders;

  /// `data_root` if given, else the environment's AE_DATA_ROOT, else the config's own folder; then
  /// data/ of the working directory.
  static DataLocations of(const std::string& data_root, const std::filesystem::path& config_folder);

  /// The first of the folders that holds the path; an absolute path as it is.
  /// @throws Error(data) naming every place looked in
  std::filesystem::path find(const std::string& path) const;
};

}  // namespace ae
