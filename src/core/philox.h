#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ae {

/// Philox4x32-10, a counter-based generator: one block of four 32-bit numbers per counter value.
/// Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3".
struct Philox {
  std::array<uint32_t, 2> key;
  std::array<uint32_t, 4> counter;

  /// Blocks per generate_batch(): enough to fill the vector registers and to hide the latency of
  /// the rounds.
  static constexpr size_t kBatch = 16;

  /// Generates the block of the current counter. @param out [4]
  void generate(uint32_t* out) const;
  /// Generates the blocks of counter[0], counter[0] + 1, … @param out [kBatch, 4]
  void generate_batch(uint32_t* out) const;
};

}  // namespace ae
