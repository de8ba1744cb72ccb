#include "fuzz/target.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "core/error.h"

namespace ae {

void refusable(const std::function<void()>& read) {
  try {
    read();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage && error.kind() != ErrorKind::data) throw;
  }
}

void report(std::string_view finding) {
  std::fprintf(stderr, "finding: %.*s\n", static_cast<int>(finding.size()), finding.data());
  std::abort();
}

std::filesystem::path file_of(std::string_view bytes) {
  static const int file = ::memfd_create("input", 0);
  const bool written =
      file >= 0 && ::ftruncate(file, 0) == 0 &&
      ::pwrite(file, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size());
  if (!written) report("the input cannot be written to memory");
  return "/proc/self/fd/" + std::to_string(file);
}

}  // namespace ae

/// Entry point, called by libFuzzer or replay.cpp.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // For an empty input, data may be null.
  ae::try_bytes(size == 0 ? std::string_view()
                          : std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
