#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace ae {

/// Incremental 128-bit checksum (XXH3): detects accidental changes; not cryptographic.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  void update(const void* bytes, size_t n);
  void update(std::span<const std::byte> bytes) { update(bytes.data(), bytes.size()); }
  /// 32 hexadecimal digits of all bytes so far; more may follow.
  std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// 64-bit hash of bytes (XXH3).
uint64_t hash_of(const void* bytes, size_t n);

/// Checksum of a file's bytes as stored. @throws Error(data) if it cannot be read
std::string hash_of_file(const std::filesystem::path& path);

}  // namespace ae
