// A library for LD_PRELOAD that lets a program's file operations fail, as a dying disk, a full one
// or a killed process would. Only operations on paths that hold AE_FAULTS_PATH are counted:
//   AE_FAULTS_AT=N        the N-th of them is the first to fail; without it all are
//   AE_FAULTS_MODE=once   only that one fails; "on": it and all later ones; "kill": the process is
//                         killed before it; "hang": it takes forever
//   AE_FAULTS_WHILE=FILE  they fail only while this file exists
//   AE_FAULTS_LOG=FILE    gets the name and path of each
// Tests alone use it: the programs know nothing of it.

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

std::atomic<int> count{0};

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

template <class Function>
Function* real(Function* /*like*/, const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

std::string path_of(int file) {
  std::array<char, 4096> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(file);
  const ssize_t n = ::readlink(link.c_str(), path.data(), path.size());
  return n > 0 ? std::string(path.data(), static_cast<size_t>(n)) : "";
}

void log(const char* operation, const std::string& path) {
  const std::string to = setting("AE_FAULTS_LOG");
  if (to.empty()) return;
  std::string line = std::string(operation) + " " + path + "\n";
  const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
  const int file = real(&::open, "open")(to.c_str(), flags, 0666);
  if (file < 0) return;
  (void)!real(&::write, "write")(file, line.data(), line.size());
  ::close(file);
}

/// Whether this operation fails; errno is set then.
bool fails(const char* operation, const std::string& path, int error) {
  static const std::string wanted = setting("AE_FAULTS_PATH");
  static const std::string condition = setting("AE_FAULTS_WHILE");
  static const std::string mode = setting("AE_FAULTS_MODE");
  static const std::string first = setting("AE_FAULTS_AT");
  if (wanted.empty() || path.find(wanted) == std::string::npos) return false;
  if (!condition.empty() && ::access(condition.c_str(), F_OK) != 0) return false;
  const int number = ++count;
  log(operation, path);
  const int at = first.empty() ? 1 : std::atoi(first.c_str());
  if (mode.empty() || number < at || (mode != "on" && number > at)) return false;
  if (mode == "kill") ::kill(::getpid(), SIGKILL);
  if (mode == "hang") {
    ::sleep(600);  // a signal to this thread ends it
    return false;
  }
  errno = error;
  return true;
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  if ((flags & O_CREAT) != 0 && fails("open", path, ENOSPC)) return -1;
  return real(&::open, "open")(path, flags, mode);
}

int mkdir(const char* path, mode_t mode) {
  if (fails("mkdir", path, ENOSPC)) return -1;
  return real(&::mkdir, "mkdir")(path, mode);
}

ssize_t write(int file, const void* bytes, size_t n) {
  static const auto function = real(&::write, "write");
  if (file <= STDERR_FILENO || !fails("write", path_of(file), ENOSPC)) {
    return function(file, bytes, n);
  }
  // As a disk does that fills up in the midst of it.
  if (n > 1) return function(file, bytes, n / 2);
  errno = ENOSPC;
  return -1;
}

int fsync(int file) {
  if (fails("fsync", path_of(file), EIO)) return -1;
  return real(&::fsync, "fsync")(file);
}

int fdatasync(int file) {
  if (fails("fdatasync", path_of(file), EIO)) return -1;
  return real(&::fdatasync, "fdatasync")(file);
}

int rename(const char* from, const char* to) noexcept {
  if (fails("rename", to, EIO)) return -1;
  return real(&::rename, "rename")(from, to);
}

int renameat2(int from_folder, const char* from, int to_folder, const char* to,
              unsigned int flags) noexcept {
  if (fails("renameat2", to, EIO)) return -1;
  return real(&::renameat2, "renameat2")(from_folder, from, to_folder, to, flags);
}

int symlink(const char* target, const char* path) noexcept {
  if (fails("symlink", path, ENOSPC)) return -1;
  return real(&::symlink, "symlink")(target, path);
}

int unlinkat(int folder, const char* path, int flags) noexcept {
  if (fails("unlinkat", (folder == AT_FDCWD ? "" : path_of(folder) + "/") + path, EIO)) return -1;
  return real(&::unlinkat, "unlinkat")(folder, path, flags);
}

}  // extern "C"
