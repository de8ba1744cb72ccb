#include "io/hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <spdlog/fmt/fmt.h>

#include <vector>

#include "io/regular_file.h"

namespace ae {

struct Hasher::State {
  XXH3_state_t xxh;  // aligned for SIMD by its own declaration
};

Hasher::Hasher() : state_(std::make_unique<State>()) { XXH3_128bits_reset(&state_->xxh); }
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::update(const void* bytes, size_t n) { XXH3_128bits_update(&state_->xxh, bytes, n); }

std::string Hasher::hex() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(&state_->xxh);
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

uint64_t hash_of(const void* bytes, size_t n) { return XXH3_64bits(bytes, n); }

std::string hash_of_file(const std::filesystem::path& path) {
  RegularFile file(path);
  Hasher hasher;
  std::vector<char> buffer(size_t{1} << 20);
  while (const size_t got = file.read(buffer.data(), buffer.size())) {
    hasher.update(buffer.data(), got);
  }
  return hasher.hex();
}

}  // namespace ae
