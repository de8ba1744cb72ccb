#include "io/atomic_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <utility>

#include "core/error.h"
#include "io/path_kind.h"
#include "io/temporary_name.h"

namespace ae {
namespace {

[[noreturn]] void throw_directory_error(const std::filesystem::path& path, int error) {
  if (error == EEXIST || error == ENOTEMPTY) {
    throw data_error("{}: already exists; choose another name", path.string());
  }
  if (error == EXDEV) {
    throw data_error(
        "{}: cannot be replaced, as its file system cannot rename it, which overlays, such as "
        "those "
        "of containers, refuse for folders of their image; move it away, or choose another name",
        path.string());
  }
  throw data_error("{}: folder cannot be created: {}", path.string(), std::strerror(error));
}

/// Renames without replacing anything. @return 0 or an errno
int rename_without_replacing(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  // File systems without that flag: rename() at least refuses to replace a folder with content.
  if (entry_kind(to) != PathKind::absent) return EEXIST;
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

void remove_quietly(const std::filesystem::path& folder) {
  if (::rmdir(folder.c_str()) == 0) return;  // also one without permission to list it
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}

}  // namespace

AtomicDirectory::AtomicDirectory(std::filesystem::path final_path)
    : final_path_(std::move(final_path)) {
  // "runs/name/" means runs/name: the parent of the former is runs/name itself.
  if (!final_path_.has_filename()) final_path_ = final_path_.parent_path();
  int status = 0;
  do {
    temporary_ = temporary_name(final_path_);
    noted_.emplace(temporary_);
    status = ::mkdir(temporary_.c_str(), 0777);
  } while (status != 0 && errno == EEXIST);
  if (status != 0) throw_directory_error(final_path_, errno);
}

AtomicDirectory::~AtomicDirectory() {
  if (!committed_) remove_quietly(temporary_);
}

void AtomicDirectory::finish_commit() {
  committed_ = true;
  noted_.reset();
  flush_folder(final_path_);
}

void AtomicDirectory::commit() {
  if (committed_) throw internal_error("{}: committed twice", final_path_.string());
  flush_folder(temporary_ / ".");
  const int error = rename_without_replacing(temporary_, final_path_);
  if (error != 0) throw_directory_error(final_path_, error);
  finish_commit();
}

void AtomicDirectory::commit_replacing(
    const std::function<void(const std::filesystem::path&)>& discard) {
  const PathKind kind = entry_kind(final_path_);
  if (kind == PathKind::absent) return commit();
  if (committed_) throw internal_error("{}: committed twice", final_path_.string());
  if (kind != PathKind::folder) {
    throw data_error("{}: is not a folder; expected a folder to replace, or no entry",
                     final_path_.string());
  }
  struct stat status{};
  if (::stat(final_path_.c_str(), &status) != 0) throw_directory_error(final_path_, errno);
  if (::chown(temporary_.c_str(), static_cast<uid_t>(-1), status.st_gid) == 0) {
    (void)::chmod(temporary_.c_str(), status.st_mode & 07777);
  }
  flush_folder(temporary_ / ".");
  std::filesystem::path old = temporary_;
  int error =
      ::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, final_path_.c_str(), RENAME_EXCHANGE) == 0
          ? 0
          : errno;
  if (error == EINVAL || error == ENOSYS) {
    old = temporary_name(final_path_);
    error = rename_without_replacing(final_path_, old);
    if (error == 0) {
      error = rename_without_replacing(temporary_, final_path_);
      if (error != 0) rename_without_replacing(old, final_path_);
    }
  }
  if (error != 0) throw_directory_error(final_path_, error);
  finish_commit();
  discard(old);
}

}  // namespace ae
