#include "corruption/allocations.h"

#include <malloc.h>

#include <atomic>
#include <cerrno>
#include <cstddef>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define AE_SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define AE_SANITIZED
#endif

namespace ae {
namespace {

std::atomic<int64_t> held = 0;
std::atomic<int64_t> peak_bytes = 0;

}  // namespace

AllocationPeak::AllocationPeak() : start_(held) { peak_bytes = start_; }

int64_t AllocationPeak::bytes() const { return peak_bytes - start_; }

#ifdef AE_SANITIZED

bool AllocationPeak::counts() { return false; }

}  // namespace ae

#else

bool AllocationPeak::counts() { return true; }

namespace {

void* counted(void* block) {
  if (block == nullptr) return nullptr;
  const int64_t now = held += static_cast<int64_t>(::malloc_usable_size(block));
  int64_t seen = peak_bytes;
  while (now > seen && !peak_bytes.compare_exchange_weak(seen, now)) {
  }
  return block;
}

void forget(void* block) {
  if (block != nullptr) held -= static_cast<int64_t>(::malloc_usable_size(block));
}

}  // namespace
}  // namespace ae

// The C library's implementations, under the names that remain when a program overrides malloc().
extern "C" {

void* __libc_malloc(size_t bytes);
void* __libc_calloc(size_t n, size_t bytes);
void* __libc_realloc(void* block, size_t bytes);
void* __libc_memalign(size_t alignment, size_t bytes);
void __libc_free(void* block);

void* malloc(size_t bytes) { return ae::counted(__libc_malloc(bytes)); }

void* calloc(size_t n, size_t bytes) { return ae::counted(__libc_calloc(n, bytes)); }

void* realloc(void* block, size_t bytes) {
  const auto had = static_cast<int64_t>(::malloc_usable_size(block));
  void* moved = __libc_realloc(block, bytes);
  if (moved != nullptr || bytes == 0) ae::held -= had;
  return ae::counted(moved);
}

void* memalign(size_t alignment, size_t bytes) {
  return ae::counted(__libc_memalign(alignment, bytes));
}

void* aligned_alloc(size_t alignment, size_t bytes) { return memalign(alignment, bytes); }

int posix_memalign(void** out, size_t alignment, size_t bytes) {
  void* block = memalign(alignment, bytes);
  if (block == nullptr) return ENOMEM;
  *out = block;
  return 0;
}

void free(void* block) {
  ae::forget(block);
  __libc_free(block);
}

}  // extern "C"

#endif
