#include "core/philox.h"

#if defined(__x86_64__) && (defined(__clang__) || defined(__GNUC__))
#define AE_HAS_AVX2_PHILOX
#include <immintrin.h>
#endif

namespace ae {
namespace {

constexpr uint32_t kMultiplier0 = 0xD2511F53;
constexpr uint32_t kMultiplier1 = 0xCD9E8D57;
constexpr uint32_t kWeyl0 = 0x9E3779B9;
constexpr uint32_t kWeyl1 = 0xBB67AE85;
constexpr int kRounds = 10;

#ifdef AE_HAS_AVX2_PHILOX
/// Blocks per register: each 64-bit lane holds a number in its low half. The high half is ignored
/// until the numbers are stored.
constexpr size_t kBlocksPerRegister = 4;
constexpr size_t kRegisters = Philox::kBatch / kBlocksPerRegister;

__attribute__((target("avx2"))) void generate_batch_avx2(const Philox& philox, uint32_t* out) {
  __m256i c[4][kRegisters];
  for (size_t r = 0; r < kRegisters; ++r) {
    alignas(32) std::array<uint64_t, kBlocksPerRegister> first;
    for (size_t i = 0; i < kBlocksPerRegister; ++i) {
      first[i] = philox.counter[0] + static_cast<uint32_t>(r * kBlocksPerRegister + i);
    }
    c[0][r] = _mm256_load_si256(reinterpret_cast<const __m256i*>(first.data()));
    for (size_t j = 1; j < 4; ++j) c[j][r] = _mm256_set1_epi64x(philox.counter[j]);
  }
  const __m256i multiplier0 = _mm256_set1_epi64x(kMultiplier0);
  const __m256i multiplier1 = _mm256_set1_epi64x(kMultiplier1);
  uint32_t key0 = philox.key[0];
  uint32_t key1 = philox.key[1];
  for (int round = 0; round < kRounds; ++round, key0 += kWeyl0, key1 += kWeyl1) {
    const __m256i k0 = _mm256_set1_epi64x(key0);
    const __m256i k1 = _mm256_set1_epi64x(key1);
#pragma GCC unroll 4
    for (size_t r = 0; r < kRegisters; ++r) {
      const __m256i p0 = _mm256_mul_epu32(c[0][r], multiplier0);
      const __m256i p1 = _mm256_mul_epu32(c[2][r], multiplier1);
      c[0][r] = _mm256_xor_si256(_mm256_srli_epi64(p1, 32), _mm256_xor_si256(c[1][r], k0));
      c[1][r] = p1;
      c[2][r] = _mm256_xor_si256(_mm256_srli_epi64(p0, 32), _mm256_xor_si256(c[3][r], k1));
      c[3][r] = p0;
    }
  }
  // Transposes to [block, 4].
  for (size_t r = 0; r < kRegisters; ++r, out += 4 * kBlocksPerRegister) {
    const __m256i left = _mm256_blend_epi32(c[0][r], _mm256_slli_epi64(c[1][r], 32), 0xAA);
    const __m256i right = _mm256_blend_epi32(c[2][r], _mm256_slli_epi64(c[3][r], 32), 0xAA);
    const __m256i even = _mm256_unpacklo_epi64(left, right);
    const __m256i odd = _mm256_unpackhi_epi64(left, right);
    auto* to = reinterpret_cast<__m256i*>(out);
    _mm256_storeu_si256(to, _mm256_permute2x128_si256(even, odd, 0x20));
    _mm256_storeu_si256(to + 1, _mm256_permute2x128_si256(even, odd, 0x31));
  }
}
#endif

}  // namespace

void Philox::generate(uint32_t* out) const {
  std::array<uint32_t, 4> c = counter;
  std::array<uint32_t, 2> k = key;
  for (int round = 0; round < kRounds; ++round) {
    const uint64_t p0 = static_cast<uint64_t>(kMultiplier0) * c[0];
    const uint64_t p1 = static_cast<uint64_t>(kMultiplier1) * c[2];
    c = {static_cast<uint32_t>(p1 >> 32) ^ c[1] ^ k[0], static_cast<uint32_t>(p1),
         static_cast<uint32_t>(p0 >> 32) ^ c[3] ^ k[1], static_cast<uint32_t>(p0)};
    k[0] += kWeyl0;
    k[1] += kWeyl1;
  }
  for (size_t j = 0; j < 4; ++j) out[j] = c[j];
}

void Philox::generate_batch(uint32_t* out) const {
#ifdef AE_HAS_AVX2_PHILOX
  static const bool has_avx2 = __builtin_cpu_supports("avx2");
  if (has_avx2) return generate_batch_avx2(*this, out);
#endif
  Philox block = *this;
  for (size_t i = 0; i < kBatch; ++i, ++block.counter[0]) block.generate(out + 4 * i);
}

}  // namespace ae
