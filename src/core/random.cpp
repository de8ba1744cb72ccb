#include "core/random.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "core/clones.h"

namespace ae {
namespace {

/// The finaliser of splitmix64: spreads a seed that differs in few bits over all of them.
uint64_t mixed(uint64_t x) {
  x += 0x9E3779B97F4A7C15;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

float unit_float(uint32_t bits) { return static_cast<float>(bits >> 8) * 0x1p-24F; }

constexpr size_t kRemainders = 16;
constexpr uint64_t kMostForDouble = uint64_t{1} << 20;

/// rests[i] = (high[i] * 2^32 + low[i]) % (n - i), of n up to 2^20: no double here has to round.
AE_CLONES void find_remainders(const uint32_t* words, uint64_t n, uint32_t* rests) {
  for (size_t i = 0; i < kRemainders; ++i) {
    const auto divisor = static_cast<double>(static_cast<int64_t>(n - i));
    const double inverse = 1 / divisor;
    const auto rest_of = [=](double x) {
      const double rest = x - std::floor(x * inverse) * divisor;  // the quotient may be off by one
      return rest < 0 ? rest + divisor : rest >= divisor ? rest - divisor : rest;
    };
    const double high = rest_of(static_cast<double>(words[2 * i]));
    rests[i] = static_cast<uint32_t>(
        static_cast<int64_t>(rest_of(high * 0x1p32 + static_cast<double>(words[2 * i + 1]))));
  }
}

}  // namespace

RandomStream::RandomStream(const DrawAddress& address) {
  const uint64_t place = static_cast<uint64_t>(address.layer) << 32;
  const uint64_t key = mixed(address.seed ^ mixed(place | static_cast<uint64_t>(address.purpose)));
  philox_ = {.key = {static_cast<uint32_t>(key), static_cast<uint32_t>(key >> 32)},
             .counter = {0, address.epoch, static_cast<uint32_t>(address.item),
                         static_cast<uint32_t>(address.item >> 32)}};
}

void RandomStream::refill() {
  // Many streams are short: one block first, many at a time where that was not enough.
  const size_t blocks = philox_.counter[0] == 0 ? 1 : Philox::kMany;
  if (blocks == 1) {
    philox_.make_block(made_.data());
  } else {
    philox_.make_many(made_.data());
  }
  philox_.counter[0] += static_cast<uint32_t>(blocks);
  used_ = 0;
  end_ = 4 * blocks;
}

uint32_t RandomStream::bits() {
  if (used_ == end_) refill();
  return made_[used_++];
}

uint64_t RandomStream::below(uint64_t n) {
  uint64_t value = 0;
  uint64_t rest = 0;
  do {
    const uint64_t high = bits();
    value = (high << 32) | bits();
    rest = value % n;
    // Values past the last whole multiple of n would favour the small numbers: drawn again.
  } while (value - rest > UINT64_MAX - n);
  return rest;
}

void RandomStream::below_each(uint64_t n, std::span<uint32_t> out) {
  for (size_t i = 0; i < out.size();) {
    if (used_ == end_) refill();
    const uint32_t* words = made_.data() + used_;
    // What below() would draw again has a high half of ones.
    if (n <= kMostForDouble && i + kRemainders <= out.size() && end_ - used_ >= 2 * kRemainders &&
        std::find(words, words + 2 * kRemainders, UINT32_MAX) == words + 2 * kRemainders) {
      find_remainders(words, n - i, out.data() + i);
      used_ += 2 * kRemainders;
      i += kRemainders;
    } else {
      out[i] = static_cast<uint32_t>(below(n - i));
      ++i;
    }
  }
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
  std::array<uint32_t, 256> chosen;
  for (size_t left = order.size(); left > 1;) {
    const std::span<uint32_t> some(chosen.data(), std::min(chosen.size(), left - 1));
    stream.below_each(left, some);
    for (const uint32_t place : some) std::swap(order[--left], order[place]);
  }
  return order;
}

uint64_t derived_seed(const DrawAddress& address) {
  RandomStream stream(address);
  const uint64_t high = stream.bits();
  return (high << 32) | stream.bits();
}

}  // namespace ae
