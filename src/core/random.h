#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/philox.h"

namespace ae {

/// Use of a random number, part of its stream's key. The values determine the results of a seed:
/// never renumber them.
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
  binarization = 10,
  isolation_forest = 11,
  clustering = 12,
};

/// Key of a random stream. Every random number is a function of its stream's key and its position
/// in the stream, so that results do not depend on resumption, on how a batch is split, or on the
/// order of the draws.
struct StreamKey {
  uint64_t seed = 0;
  Purpose purpose = Purpose::split;
  uint32_t epoch = 0;
  uint64_t item = 0;   ///< row, step or parameter
  uint32_t layer = 0;  ///< distinguishes several streams of one purpose
};

/// Philox key of a stream: a hash of its seed, purpose and layer.
std::array<uint32_t, 2> philox_key(const StreamKey& key);

/// A stream of random numbers: Philox keyed by philox_key(), its counter starting at
/// {0, epoch, item}. Deterministic; not thread-safe.
class RandomStream {
 public:
  explicit RandomStream(const StreamKey& key);

  /// Uniform over all 32-bit values.
  uint32_t bits();
  /// Uniform in [0, n); n ≥ 1. Unbiased. Source: Lemire 2019, "Fast random integer generation in an
  /// interval".
  uint32_t below(uint32_t n);
  /// out[i] = below(n - i), bit-identical to single calls and faster; n > out.size().
  void below_each(uint32_t n, std::span<uint32_t> out);
  /// Fills with uniform numbers in [0, 1).
  void uniform(std::span<float> out);
  /// Fills with standard normal numbers (Box–Muller).
  void normal(std::span<float> out);

 private:
  /// Generates one block, or a batch if more than a block is wanted.
  void refill(size_t wanted);

  Philox philox_;
  std::array<uint32_t, 4 * Philox::kBatch> buffer_;  // the first `end_` are valid
  size_t used_ = 0;
  size_t end_ = 0;
};

/// Shuffles fewer than 2^32 items in place (Fisher–Yates).
void shuffle(std::span<int64_t> items, const StreamKey& key);
/// A random permutation of 0 … n-1.
std::vector<int64_t> permutation(int64_t n, const StreamKey& key);

/// A 64-bit seed for another library's generator.
uint64_t derived_seed(const StreamKey& key);

}  // namespace ae
