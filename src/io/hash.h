#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace ae {

/// A 128-bit checksum (XXH3) of bytes given piece by piece: finds accidents, not forgeries.
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

/// The checksum of a file's bytes as stored. @throws Error(data) where it cannot be read.
std::string hash_of_file(const std::filesystem::path& path);

}  // namespace ae
