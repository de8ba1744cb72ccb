#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ae {

/// Philox4x32-10, which makes four numbers of each value of a counter. Source: Salmon et al. 2011,
/// "Parallel random numbers: as easy as 1, 2, 3".
struct Philox {
  std::array<uint32_t, 2> key;
  std::array<uint32_t, 4> counter;

  /// Of `many` blocks at once: so many that a processor's vectors are full and no round has to wait
  /// for the one before.
  static constexpr size_t kMany = 16;

  /// The numbers of the counter's present value. @param out [4]
  void make_block(uint32_t* out) const;
  /// Those of this and the following values of counter[0]. @param out [kMany, 4]
  void make_many(uint32_t* out) const;
};

}  // namespace ae
