// LD_PRELOAD library that injects faults into a program's file operations: I/O errors, a full disk,
// or a killed process. Only operations on paths that contain AE_FAULTS_PATH are counted:
//   AE_FAULTS_AT=N        the N-th of them is the first to fail; 1 by default
//   AE_FAULTS_MODE=once   only that one fails; "on": it and all later ones; "kill": the process is
//                         killed before it; "hang": it takes forever
//   AE_FAULTS_WHILE=FILE  they fail only while this file exists
//   AE_FAULTS_LOG=FILE    receives the name and path of each
//   AE_FAULTS_ERRNO=NAME  error of each, such as EACCES, instead of the operation's default
//   AE_FAULTS_OPERATIONS=NAME,...  operations that are counted; by default those that write,
//                         kWriting below. The others: open_existing (an open that creates no
//                         file), stat, lstat, fstat, fstatat, statx, read, pread, opendir, readdir,
//                         flock, readlink, realpath, access
// Paths are resolved against the open folder that they are relative to, or that they name by
// /proc/self/fd/N; the standard streams never fail. Used by tests only.

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace {

constexpr const char* kWriting =
    "open,mkdir,write,fsync,fdatasync,rename,renameat2,symlink,unlinkat";

std::atomic<int> count{0};

std::string setting(const char* name, const char* otherwise = "") {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : value;
}

/// errno value of a name; 0 for "".
int error_named(const std::string& name) {
  if (name.empty()) return 0;
  constexpr int kMaxErrors = 256;
  for (int error = 1; error < kMaxErrors; ++error) {
    const char* known = ::strerrorname_np(error);
    if (known != nullptr && name == known) return error;
  }
  std::fprintf(stderr, "AE_FAULTS_ERRNO=%s: no such error\n", name.c_str());
  std::abort();
}

struct Settings {
  std::string path = setting("AE_FAULTS_PATH");
  std::string condition = setting("AE_FAULTS_WHILE");
  std::string mode = setting("AE_FAULTS_MODE");
  std::string log = setting("AE_FAULTS_LOG");
  std::string operations = "," + setting("AE_FAULTS_OPERATIONS", kWriting) + ",";
  int at = std::atoi(setting("AE_FAULTS_AT", "1").c_str());
  int error = error_named(setting("AE_FAULTS_ERRNO"));
};

/// Never destroyed: threads may outlive main().
const Settings& settings() {
  static const Settings& settings = *new Settings;
  return settings;
}

/// The C library's function, which a function of this library overrides.
template <class Function>
Function* real(Function* /*like*/, const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

/// Path that a descriptor is open on; "" for the standard streams.
std::string path_of(int file) {
  if (file <= STDERR_FILENO) return "";
  std::array<char, 4096> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(file);
  const ssize_t n = real(&::readlink, "readlink")(link.c_str(), path.data(), path.size());
  return n > 0 ? std::string(path.data(), static_cast<size_t>(n)) : "";
}

/// Path with open folders replaced by their paths; an empty path stands for the folder itself.
std::string resolved(int folder, std::string_view path) {
  constexpr std::string_view kDescriptors = "/proc/self/fd/";
  if (path.starts_with(kDescriptors)) {
    const std::string_view rest = path.substr(kDescriptors.size());
    int file = -1;
    const char* end = std::from_chars(rest.data(), rest.data() + rest.size(), file).ptr;
    return path_of(file) + std::string(rest.substr(static_cast<size_t>(end - rest.data())));
  }
  if (folder == AT_FDCWD || path.starts_with('/')) return std::string(path);
  return path_of(folder) + (path.empty() ? "" : "/") + std::string(path);
}

void log(const char* operation, const std::string& path) {
  const std::string& to = settings().log;
  if (to.empty()) return;
  const std::string line = std::string(operation) + " " + path + "\n";
  const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
  const int file = real(&::open, "open")(to.c_str(), flags, 0666);
  if (file < 0) return;
  (void)!real(&::write, "write")(file, line.data(), line.size());
  ::close(file);
}

/// Returns true if this operation is to fail, with errno set; otherwise errno is unchanged.
bool fails(const char* operation, int folder, const char* path, int error = EIO) {
  const int before = errno;
  // Before the environment exists, the program's libraries are still being loaded.
  if (environ == nullptr || settings().path.empty()) return false;
  const std::string name = std::string(",") + operation + ",";
  if (settings().operations.find(name) == std::string::npos) return false;
  const std::string whole = resolved(folder, path);
  const std::string& condition = settings().condition;
  const bool counts =
      whole.find(settings().path) != std::string::npos &&
      (condition.empty() || real(&::access, "access")(condition.c_str(), F_OK) == 0);
  const int number = counts ? ++count : 0;
  if (counts) log(operation, whole);
  errno = before;
  const std::string& mode = settings().mode;
  const int at = settings().at;
  if (!counts || mode.empty() || number < at || (mode != "on" && number > at)) return false;
  if (mode == "kill") ::kill(::getpid(), SIGKILL);
  if (mode == "hang") {
    ::sleep(600);  // a signal to this thread ends it
    return false;
  }
  errno = settings().error != 0 ? settings().error : error;
  return true;
}

bool fails(const char* operation, int file, int error = EIO) {
  return fails(operation, file, "", error);
}

bool fails(const char* operation, const char* path, int error = EIO) {
  return fails(operation, AT_FDCWD, path, error);
}

bool open_fails(int folder, const char* path, bool creates) {
  return creates ? fails("open", folder, path, ENOSPC) : fails("open_existing", folder, path);
}

/// True if open() has a mode argument.
bool creates(int flags) { return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE; }

}  // namespace

extern "C" {

int mkdir(const char* path, mode_t mode) noexcept {
  return fails("mkdir", path, ENOSPC) ? -1 : real(&::mkdir, "mkdir")(path, mode);
}

ssize_t write(int file, const void* bytes, size_t n) {
  static const auto function = real(&::write, "write");
  if (!fails("write", file, ENOSPC)) return function(file, bytes, n);
  // A short write first, as on a disk that fills up.
  return n > 1 ? function(file, bytes, n / 2) : -1;
}

int fsync(int file) { return fails("fsync", file) ? -1 : real(&::fsync, "fsync")(file); }

int fdatasync(int file) {
  return fails("fdatasync", file) ? -1 : real(&::fdatasync, "fdatasync")(file);
}

int rename(const char* from, const char* to) noexcept {
  return fails("rename", to) ? -1 : real(&::rename, "rename")(from, to);
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to,
              unsigned int flags) noexcept {
  if (fails("renameat2", to_folder, to)) return -1;
  return real(&::renameat2, "renameat2")(from_folder, from, to_folder, to, flags);
}

int symlink(const char* target, const char* path) noexcept {
  return fails("symlink", path, ENOSPC) ? -1 : real(&::symlink, "symlink")(target, path);
}

int unlinkat(int folder, const char* path, int flags) noexcept {
  return fails("unlinkat", folder, path) ? -1 : real(&::unlinkat, "unlinkat")(folder, path, flags);
}

ssize_t read(int file, void* bytes, size_t n) {
  static const auto function = real(&::read, "read");
  return fails("read", file) ? -1 : function(file, bytes, n);
}

DIR* opendir(const char* path) {
  return fails("opendir", path) ? nullptr : real(&::opendir, "opendir")(path);
}

DIR* fdopendir(int file) {
  return fails("opendir", file) ? nullptr : real(&::fdopendir, "fdopendir")(file);
}

int flock(int file, int operation) noexcept {
  return fails("flock", file) ? -1 : real(&::flock, "flock")(file, operation);
}

ssize_t readlink(const char* path, char* out, size_t n) noexcept {
  return fails("readlink", path) ? -1 : real(&::readlink, "readlink")(path, out, n);
}

ssize_t readlinkat(int folder, const char* path, char* out, size_t n) noexcept {
  if (fails("readlink", folder, path)) return -1;
  return real(&::readlinkat, "readlinkat")(folder, path, out, n);
}

char* realpath(const char* path, char* out) noexcept {
  return fails("realpath", path) ? nullptr : real(&::realpath, "realpath")(path, out);
}

int access(const char* path, int how) noexcept {
  return fails("access", path) ? -1 : real(&::access, "access")(path, how);
}

int faccessat(int folder, const char* path, int how, int flags) noexcept {
  if (fails("access", folder, path)) return -1;
  return real(&::faccessat, "faccessat")(folder, path, how, flags);
}

int statx(int folder, const char* path, int flags, unsigned int mask, struct statx* out) noexcept {
  if (fails("statx", folder, path)) return -1;
  return real(&::statx, "statx")(folder, path, flags, mask, out);
}

// Functions that the C library also has with 64-bit offsets.
#define AE_FILE_OPERATIONS(bits)                                                                \
  int open##bits(const char* path, int flags, ...) {                                            \
    va_list arguments;                                                                          \
    va_start(arguments, flags);                                                                 \
    const mode_t mode = creates(flags) ? va_arg(arguments, mode_t) : 0;                         \
    va_end(arguments);                                                                          \
    if (open_fails(AT_FDCWD, path, (flags & O_CREAT) != 0)) return -1;                          \
    return real(&::open##bits, "open" #bits)(path, flags, mode);                                \
  }                                                                                             \
  int openat##bits(int folder, const char* path, int flags, ...) {                              \
    va_list arguments;                                                                          \
    va_start(arguments, flags);                                                                 \
    const mode_t mode = creates(flags) ? va_arg(arguments, mode_t) : 0;                         \
    va_end(arguments);                                                                          \
    if (open_fails(folder, path, (flags & O_CREAT) != 0)) return -1;                            \
    return real(&::openat##bits, "openat" #bits)(folder, path, flags, mode);                    \
  }                                                                                             \
  FILE* fopen##bits(const char* path, const char* mode) {                                       \
    if (open_fails(AT_FDCWD, path, mode[0] != 'r')) return nullptr;                             \
    return real(&::fopen##bits, "fopen" #bits)(path, mode);                                     \
  }                                                                                             \
  int stat##bits(const char* path, struct stat##bits* out) noexcept {                           \
    return fails("stat", path) ? -1 : real(&::stat##bits, "stat" #bits)(path, out);             \
  }                                                                                             \
  int lstat##bits(const char* path, struct stat##bits* out) noexcept {                          \
    return fails("lstat", path) ? -1 : real(&::lstat##bits, "lstat" #bits)(path, out);          \
  }                                                                                             \
  int fstat##bits(int file, struct stat##bits* out) noexcept {                                  \
    return fails("fstat", file) ? -1 : real(&::fstat##bits, "fstat" #bits)(file, out);          \
  }                                                                                             \
  int fstatat##bits(int folder, const char* path, struct stat##bits* out, int flags) noexcept { \
    if (fails("fstatat", folder, path)) return -1;                                              \
    return real(&::fstatat##bits, "fstatat" #bits)(folder, path, out, flags);                   \
  }                                                                                             \
  ssize_t pread##bits(int file, void* bytes, size_t n, off##bits##_t offset) {                  \
    if (fails("pread", file)) return -1;                                                        \
    return real(&::pread##bits, "pread" #bits)(file, bytes, n, offset);                         \
  }                                                                                             \
  struct dirent##bits* readdir##bits(DIR* folder) {                                             \
    if (fails("readdir", ::dirfd(folder))) return nullptr;                                      \
    return real(&::readdir##bits, "readdir" #bits)(folder);                                     \
  }

AE_FILE_OPERATIONS()
AE_FILE_OPERATIONS(64)

}  // extern "C"
