#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/philox.h"

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
struct StreamKey {
  uint64_t seed = 0;
  Purpose purpose = Purpose::split;
  uint32_t epoch = 0;
  uint64_t item = 0;   ///< row, step or parameter
  uint32_t layer = 0;  ///< where one purpose has several places
};

/// What Philox is keyed by at an address: its seed, purpose and layer.
std::array<uint32_t, 2> philox_key(const StreamKey& address);

/// A stream of random numbers at an address: Philox, counting from (epoch, item).
class RandomStream {
 public:
  explicit RandomStream(const StreamKey& address);

  /// Uniform over all 32-bit values.
  uint32_t bits();
  /// Uniform in [0, n); n ≥ 1. Unbiased. Source: Lemire 2019, "Fast random integer generation in an
  /// interval".
  uint32_t below(uint32_t n);
  /// out[i] = below(n - i), faster than one by one; n is more than out has.
  void below_each(uint32_t n, std::span<uint32_t> out);
  /// Fills with uniform numbers in [0, 1).
  void uniform(std::span<float> out);
  /// Fills with standard normal numbers (Box–Muller).
  void normal(std::span<float> out);

 private:
  /// Makes at least one number, and more where more are wanted.
  void refill(size_t wanted);

  Philox philox_;
  std::array<uint32_t, 4 * Philox::kMany> made_;  // the first `end_` of them
  size_t used_ = 0;
  size_t end_ = 0;
};

/// Puts items, fewer than 2^32, in a random order.
void shuffle(std::span<int64_t> items, const StreamKey& address);
/// A random permutation of 0 … n-1.
std::vector<int64_t> permutation(int64_t n, const StreamKey& address);

/// A 64-bit seed for a library's own generator, for draws that are made by that library.
uint64_t derived_seed(const StreamKey& address);

}  // namespace ae
