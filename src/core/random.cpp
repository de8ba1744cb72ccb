#include "core/random.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "core/target_clones.h"

namespace ae {
namespace {

/// Finaliser of splitmix64: decorrelates seeds that differ in few bits.
uint64_t mix_bits(uint64_t x) {
  x += 0x9E3779B97F4A7C15;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

AE_ALWAYS_INLINE float unit_float(uint32_t bits) {
  return static_cast<float>(bits >> 8) * 0x1p-24F;
}

/// Natural logarithm for x in (0, 1]. Source of the polynomial: Cephes's logf.
AE_ALWAYS_INLINE float fast_log(float x) {
  // x = 2^power * (1 + z), with 1 + z in [sqrt(1/2), sqrt(2)), read from its bits.
  const auto bits = std::bit_cast<int32_t>(x);
  const int32_t power = (bits - 0x3F3504F3) >> 23;
  const float z = std::bit_cast<float>(bits - power * (1 << 23)) - 1.0F;
  float p = 7.0376836292e-2F;
  p = p * z - 1.1514610310e-1F;
  p = p * z + 1.1676998740e-1F;
  p = p * z - 1.2420140846e-1F;
  p = p * z + 1.4249322787e-1F;
  p = p * z - 1.6668057665e-1F;
  p = p * z + 2.0000714765e-1F;
  p = p * z - 2.4999993993e-1F;
  p = p * z + 3.3333331174e-1F;
  const auto e = static_cast<float>(power);
  const float q = z * z;
  return z + (p * z * q - e * 2.12194440e-4F - 0.5F * q) + e * 0.693359375F;
}

/// Pairs of independent standard normal numbers (Box-Muller); vectorised by the compiler.
/// Source of the polynomials: Cephes's sinf and cosf.
/// @param words  [pairs, 2] random bits
/// @param out    [pairs, 2]
AE_TARGET_CLONES void box_muller(size_t pairs, const uint32_t* words, float* out) {
  for (size_t i = 0; i < pairs; ++i) {
    // 1 - u is in (0, 1], so that the logarithm is finite.
    const float radius = std::sqrt(-2.0F * fast_log(1.0F - unit_float(words[2 * i])));
    const float quarters = 4.0F * unit_float(words[2 * i + 1]);
    const auto whole = static_cast<int32_t>(quarters + 0.5F);
    const float angle = (quarters - static_cast<float>(whole)) * (std::numbers::pi_v<float> / 2);
    const float z = angle * angle;
    const float sine =
        ((-1.9515295891e-4F * z + 8.3321608736e-3F) * z - 1.6666654611e-1F) * z * angle + angle;
    const float cosine =
        ((2.443315711809948e-5F * z - 1.388731625493765e-3F) * z + 4.166664568298827e-2F) * z * z -
        0.5F * z + 1.0F;
    // Undoes the reduction of the angle: sine and cosine swap and change sign by quarter turns.
    const float a = (whole & 1) != 0 ? sine : cosine;
    const float b = (whole & 1) != 0 ? cosine : sine;
    out[2 * i] = radius * (((whole + 1) & 2) != 0 ? -a : a);
    out[2 * i + 1] = radius * ((whole & 2) != 0 ? -b : b);
  }
}

constexpr size_t kBoundedBatch = 16;

/// Draws out[i] in [0, n - i) from words[i], for i < kBoundedBatch.
/// @return false if a word may have to be rejected; the batch is then not to be used
AE_TARGET_CLONES bool bounded_batch(const uint32_t* words, uint32_t n, uint32_t* out) {
  uint32_t may_reject = 0;
  for (uint32_t i = 0; i < kBoundedBatch; ++i) {
    const uint64_t product = static_cast<uint64_t>(words[i]) * (n - i);
    may_reject |= static_cast<uint32_t>(product) < n - i ? 1U : 0U;
    out[i] = static_cast<uint32_t>(product >> 32);
  }
  return may_reject == 0;
}

}  // namespace

std::array<uint32_t, 2> philox_key(const StreamKey& key) {
  const uint64_t layer = static_cast<uint64_t>(key.layer) << 32;
  const uint64_t mixed = mix_bits(key.seed ^ mix_bits(layer | static_cast<uint64_t>(key.purpose)));
  return {static_cast<uint32_t>(mixed), static_cast<uint32_t>(mixed >> 32)};
}

RandomStream::RandomStream(const StreamKey& key) {
  philox_ = {.key = philox_key(key),
             .counter = {0, key.epoch, static_cast<uint32_t>(key.item),
                         static_cast<uint32_t>(key.item >> 32)}};
}

void RandomStream::refill(size_t wanted) {
  const size_t blocks = wanted <= 4 ? 1 : Philox::kBatch;
  if (blocks == 1) {
    philox_.generate(buffer_.data());
  } else {
    philox_.generate_batch(buffer_.data());
  }
  philox_.counter[0] += static_cast<uint32_t>(blocks);
  used_ = 0;
  end_ = 4 * blocks;
}

uint32_t RandomStream::bits() {
  if (used_ == end_) refill(1);
  return buffer_[used_++];
}

uint32_t RandomStream::below(uint32_t n) {
  // 2^32 mod n words are rejected, so that every number has equally many.
  const uint32_t threshold = (0U - n) % n;
  uint64_t product = 0;
  do {
    product = static_cast<uint64_t>(bits()) * n;
  } while (static_cast<uint32_t>(product) < threshold);
  return static_cast<uint32_t>(product >> 32);
}

void RandomStream::below_each(uint32_t n, std::span<uint32_t> out) {
  for (size_t i = 0; i < out.size();) {
    if (used_ == end_) refill(out.size() - i);
    const auto bound = static_cast<uint32_t>(n - i);
    if (out.size() - i >= kBoundedBatch && end_ - used_ >= kBoundedBatch &&
        bounded_batch(buffer_.data() + used_, bound, out.data() + i)) {
      used_ += kBoundedBatch;
      i += kBoundedBatch;
    } else {
      out[i++] = below(bound);
    }
  }
}

void RandomStream::uniform(std::span<float> out) {
  for (size_t i = 0; i < out.size();) {
    if (used_ == end_) refill(out.size() - i);
    const size_t count = std::min(end_ - used_, out.size() - i);
    for (size_t j = 0; j < count; ++j) out[i + j] = unit_float(buffer_[used_ + j]);
    used_ += count;
    i += count;
  }
}

void RandomStream::normal(std::span<float> out) {
  for (size_t i = 0; i < out.size();) {
    if (used_ == end_) refill(out.size() - i);
    const size_t pairs = std::min((end_ - used_) / 2, (out.size() - i) / 2);
    if (pairs > 0) {
      box_muller(pairs, buffer_.data() + used_, out.data() + i);
      used_ += 2 * pairs;
      i += 2 * pairs;
    } else {
      // The last of an odd count, or a pair that spans two refills.
      const uint32_t first = bits();
      const std::array<uint32_t, 2> words = {first, bits()};
      std::array<float, 2> pair;
      box_muller(1, words.data(), pair.data());
      const size_t count = std::min<size_t>(2, out.size() - i);
      std::copy_n(pair.begin(), count, out.begin() + static_cast<std::ptrdiff_t>(i));
      i += count;
    }
  }
}

void shuffle(std::span<int64_t> items, const StreamKey& key) {
  RandomStream stream(key);
  std::array<uint32_t, 256> indices;
  for (size_t left = items.size(); left > 1;) {
    const std::span<uint32_t> batch(indices.data(), std::min(indices.size(), left - 1));
    stream.below_each(static_cast<uint32_t>(left), batch);
    for (const uint32_t index : batch) std::swap(items[--left], items[index]);
  }
}

std::vector<int64_t> permutation(int64_t n, const StreamKey& key) {
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), int64_t{0});
  shuffle(order, key);
  return order;
}

uint64_t derived_seed(const StreamKey& key) {
  RandomStream stream(key);
  const uint64_t high = stream.bits();
  return (high << 32) | stream.bits();
}

}  // namespace ae
