#include "core/random.h"

#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

namespace ae {
namespace {

constexpr uint32_t kMultiplier0 = 0xD2511F53;
constexpr uint32_t kMultiplier1 = 0xCD9E8D57;
constexpr uint32_t kWeyl0 = 0x9E3779B9;
constexpr uint32_t kWeyl1 = 0xBB67AE85;
constexpr int kRounds = 10;

/// The finaliser of splitmix64: spreads a seed that differs in few bits over all of them.
uint64_t mixed(uint64_t x) {
  x += 0x9E3779B97F4A7C15;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

float unit_float(uint32_t bits) { return static_cast<float>(bits >> 8) * 0x1p-24F; }

}  // namespace

RandomStream::RandomStream(const DrawAddress& address) {
  const uint64_t place = static_cast<uint64_t>(address.layer) << 32;
  const uint64_t key = mixed(address.seed ^ mixed(place | static_cast<uint64_t>(address.purpose)));
  key_ = {static_cast<uint32_t>(key), static_cast<uint32_t>(key >> 32)};
  counter_ = {0, address.epoch, static_cast<uint32_t>(address.item),
              static_cast<uint32_t>(address.item >> 32)};
}

void RandomStream::refill() {
  std::array<uint32_t, 4> c = counter_;
  uint32_t k0 = key_[0];
  uint32_t k1 = key_[1];
  for (int round = 0; round < kRounds; ++round) {
    const uint64_t p0 = static_cast<uint64_t>(kMultiplier0) * c[0];
    const uint64_t p1 = static_cast<uint64_t>(kMultiplier1) * c[2];
    c = {static_cast<uint32_t>(p1 >> 32) ^ c[1] ^ k0, static_cast<uint32_t>(p1),
         static_cast<uint32_t>(p0 >> 32) ^ c[3] ^ k1, static_cast<uint32_t>(p0)};
    k0 += kWeyl0;
    k1 += kWeyl1;
  }
  block_ = c;
  ++counter_[0];
  used_ = 0;
}

uint32_t RandomStream::bits() {
  if (used_ == 4) refill();
  return block_[used_++];
}

uint64_t RandomStream::below(uint64_t n) {
  // Values past the last whole multiple of n would favour the small numbers: drawn again.
  const uint64_t limit = UINT64_MAX - UINT64_MAX % n;
  uint64_t value = 0;
  do {
    const uint64_t high = bits();
    value = (high << 32) | bits();
  } while (value >= limit);
  return value % n;
}

void RandomStream::uniform(std::span<float> out) {
  for (float& x : out) x = unit_float(bits());
}

void RandomStream::normal(std::span<float> out) {
  for (size_t i = 0; i < out.size(); i += 2) {
    // 1 - u lies in (0, 1], so that the logarithm is finite.
    const float radius = std::sqrt(-2.0F * std::log(1.0F - unit_float(bits())));
    const float angle = 2.0F * std::numbers::pi_v<float> * unit_float(bits());
    out[i] = radius * std::cos(angle);
    if (i + 1 < out.size()) out[i + 1] = radius * std::sin(angle);
  }
}

std::vector<int64_t> permutation(int64_t n, const DrawAddress& address) {
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), int64_t{0});
  RandomStream stream(address);
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[stream.below(i)]);
  return order;
}

uint64_t derived_seed(const DrawAddress& address) {
  RandomStream stream(address);
  const uint64_t high = stream.bits();
  return (high << 32) | stream.bits();
}

}  // namespace ae
