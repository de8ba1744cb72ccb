#include "io/path_kind.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

#include "core/error.h"

namespace ae {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void throw_path_error(const fs::path& path, const char* what) {
  throw data_error("{}: {}: {}", path.string(), what, std::strerror(errno));
}

PathKind kind_of(const fs::path& path, int status, mode_t mode) {
  if (status != 0 && errno == ENOENT) return PathKind::absent;
  if (status != 0) throw_path_error(path, "cannot be accessed");
  if (S_ISREG(mode)) return PathKind::file;
  if (S_ISDIR(mode)) return PathKind::folder;
  return S_ISLNK(mode) ? PathKind::link : PathKind::other;
}

}  // namespace

PathKind path_kind(const fs::path& path) {
  struct stat found{};
  const int status = ::stat(path.c_str(), &found);
  return kind_of(path, status, found.st_mode);
}

PathKind entry_kind(const fs::path& path) {
  struct stat found{};
  const int status = ::lstat(path.c_str(), &found);
  return kind_of(path, status, found.st_mode);
}

fs::path link_target(const fs::path& path) {
  std::array<char, PATH_MAX> target;
  const ssize_t length = ::readlink(path.c_str(), target.data(), target.size());
  if (length >= 0) return std::string_view(target.data(), static_cast<size_t>(length));
  if (errno != ENOENT && errno != EINVAL) throw_path_error(path, "cannot be accessed");
  return {};
}

std::vector<fs::path> folder_entries(const fs::path& folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(folder.c_str()), ::closedir);
  if (stream == nullptr && errno == ENOENT) return {};
  if (stream == nullptr) throw_path_error(folder, "cannot be read");
  std::vector<fs::path> entries;
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr && errno != 0) throw_path_error(folder, "cannot be read");
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") entries.push_back(folder / name);
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

void make_folders(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw data_error("{}: cannot be created: {}", folder.string(), error.message());
}

fs::path canonical_path(const fs::path& path) {
  if (path.empty()) return canonical_path(".");
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), ::free);
  if (real != nullptr) return real.get();
  const bool is_absent = errno == ENOENT || errno == ENOTDIR;
  // The working directory itself may have been removed.
  if (!is_absent || path == ".") throw_path_error(path, "cannot be accessed");
  if (path.filename().empty()) return canonical_path(path.parent_path());
  return (canonical_path(path.parent_path()) / path.filename()).lexically_normal();
}

bool same_location(const fs::path& a, const fs::path& b) {
  struct stat first{};
  struct stat second{};
  if (::stat(a.c_str(), &first) == 0 && ::stat(b.c_str(), &second) == 0) {
    return first.st_ino == second.st_ino && first.st_dev == second.st_dev;
  }
  return canonical_path(a) == canonical_path(b);
}

}  // namespace ae
