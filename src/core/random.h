#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace ae {

/// What a random number is for. Values are part of what a seed means: never renumber.
enum class Purpose : uint32_t {
  split = 1,
  shuffle = 2,
  initialization = 3,
  corruption = 4,
  posterior = 5,
  sampling = 6,
  dropout = 7,
  likelihood = 8,
  resampling = 9,
};

/// Where in a run a draw happens. Every random number is a function of the seed, its purpose and
/// this address, so that resuming, sharding a batch and asking twice give the same numbers.
struct DrawAddress {
  uint64_t seed = 0;
  Purpose purpose = Purpose::split;
  uint32_t epoch = 0;
  uint64_t item = 0;   ///< row, step or parameter
  uint32_t layer = 0;  ///< where one purpose has several places
};

/// A stream of random numbers at an address: Philox4x32-10, keyed by seed and purpose, counting
/// from (epoch, item). Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".
class RandomStream {
 public:
  explicit RandomStream(const DrawAddress& address);

  /// Uniform over all 32-bit values.
  uint32_t bits();
  /// Uniform in [0, n); n ≥ 1. Unbiased.
  uint64_t below(uint64_t n);
  /// Fills with uniform numbers in [0, 1).
  void uniform(std::span<float> out);
  /// Fills with standard normal numbers (Box–Muller).
  void normal(std::span<float> out);

 private:
  void refill();

  std::array<uint32_t, 2> key_;
  std::array<uint32_t, 4> counter_;
  std::array<uint32_t, 4> block_{};
  unsigned used_ = 4;
};

/// A random permutation of 0 … n-1.
std::vector<int64_t> permutation(int64_t n, const DrawAddress& address);

/// A 64-bit seed for a library's own generator, for draws that are made by that library.
uint64_t derived_seed(const DrawAddress& address);

}  // namespace ae
