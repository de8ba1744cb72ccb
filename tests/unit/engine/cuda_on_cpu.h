#pragma once

#include <barrier>
#include <bit>
#include <cmath>
#include <functional>
#include <memory>
#include <numbers>
#include <thread>
#include <vector>

/// The subset of CUDA C++ that the project's kernels use, for a CPU: a thread per thread of a
/// block, one block after the other.
namespace ae::cuda_on_cpu {

struct dim3 {
  unsigned x = 1;
  unsigned y = 1;
  unsigned z = 1;
};
struct uint2 {
  unsigned x, y;
};
struct uint4 {
  unsigned x, y, z, w;
};
struct uchar4 {
  unsigned char x, y, z, w;
};
struct float2 {
  float x, y;
};
struct float4 {
  float x, y, z, w;
};

inline thread_local dim3 threadIdx;
inline thread_local dim3 blockIdx;
inline dim3 blockDim;
inline dim3 gridDim;

/// The threads of a block, with barriers for the block and its warps.
class Block {
 public:
  explicit Block(unsigned threads) : values_(threads), operands_(threads), all_(threads) {
    for (unsigned i = 0; i < threads; i += kWarp) {
      warps_.push_back(std::make_unique<std::barrier<>>(std::min(kWarp, threads - i)));
    }
  }
  void wait_for_all() { all_.arrive_and_wait(); }
  /// Value of the thread `offset` lanes further in the warp; the caller's own value beyond its end.
  double from_further_on(double value, unsigned offset) {
    const unsigned thread = threadIdx.y * blockDim.x + threadIdx.x;
    std::barrier<>& warp = *warps_[thread / kWarp];
    values_[thread] = value;
    warp.arrive_and_wait();
    const double got = thread % kWarp + offset < kWarp ? values_[thread + offset] : value;
    warp.arrive_and_wait();
    return got;
  }
  /// Matrix multiply-add of a warp, on fragments in the layout of PTX.
  void multiply_add(float (&c)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
    const unsigned thread = threadIdx.y * blockDim.x + threadIdx.x;
    const unsigned first = thread / kWarp * kWarp;
    operands_[thread] = {{a[0], a[1], a[2], a[3]}, {b[0], b[1]}};
    std::barrier<>& warp = *warps_[thread / kWarp];
    warp.arrive_and_wait();
    const unsigned group = thread % kWarp / 4;
    const unsigned rank = thread % 4;
    for (unsigned i = 0; i < 4; ++i) {
      const unsigned row = group + i / 2 * 8;
      const unsigned column = 2 * rank + i % 2;
      for (unsigned k = 0; k < 8; ++k) {
        const Operands& of_a = operands_[first + row % 8 * 4 + k % 4];
        const Operands& of_b = operands_[first + column * 4 + k % 4];
        c[i] += as_read(of_a.a[row / 8 + k / 4 * 2]) * as_read(of_b.b[k / 4]);
      }
    }
    warp.arrive_and_wait();
  }

 private:
  static constexpr unsigned kWarp = 32;
  /// Tensor cores truncate operands to TF32.
  static float as_read(unsigned bits) { return std::bit_cast<float>(bits & 0xFFFFE000U); }
  struct Operands {
    unsigned a[4];
    unsigned b[2];
  };

  std::vector<double> values_;
  std::vector<Operands> operands_;
  std::barrier<> all_;
  std::vector<std::unique_ptr<std::barrier<>>> warps_;
};

inline std::unique_ptr<Block> block;

inline void __syncthreads() { block->wait_for_all(); }
template <class T>
T __shfl_down_sync(unsigned /*mask*/, T value, int offset) {
  return static_cast<T>(block->from_further_on(value, static_cast<unsigned>(offset)));
}
/// Rounds to TF32 (10-bit mantissa), ties away from 0, as bits.
inline unsigned to_tf32(float x) { return (std::bit_cast<unsigned>(x) + 0x1000U) & 0xFFFFE000U; }
inline float float_of(unsigned bits) { return std::bit_cast<float>(bits); }
inline unsigned bits_of(float x) { return std::bit_cast<unsigned>(x); }
/// mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32
inline void multiply_add(float (&c)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  block->multiply_add(c, a, b);
}
template <int kNumbers>
void copy_async(float* to, const float* from, bool is_there) {
  for (int i = 0; i < kNumbers; ++i) to[i] = is_there ? from[i] : 0.0F;
}
inline void end_copies() {}
template <int kLater>
void wait_for_copies() {}
inline unsigned __umulhi(unsigned a, unsigned b) {
  return static_cast<unsigned>((static_cast<unsigned long long>(a) * b) >> 32);
}
inline void sincospif(float x, float* sine, float* cosine) {
  *sine = static_cast<float>(std::sin(static_cast<double>(x) * std::numbers::pi));
  *cosine = static_cast<float>(std::cos(static_cast<double>(x) * std::numbers::pi));
}

/// Calls kernel() for every thread of every block.
inline void launch(const dim3& blocks, const dim3& threads, const std::function<void()>& kernel) {
  const unsigned count = threads.x * threads.y;
  gridDim = blocks;
  blockDim = threads;
  block = std::make_unique<Block>(count);
  const auto run = [&](unsigned thread) {
    threadIdx = {thread % threads.x, thread / threads.x, 0};
    for (unsigned i = 0; i < blocks.x * blocks.y * blocks.z; ++i) {
      blockIdx = {i % blocks.x, i / blocks.x % blocks.y, i / (blocks.x * blocks.y)};
      kernel();
      block->wait_for_all();
    }
  };
  std::vector<std::thread> running;
  for (unsigned thread = 0; thread < count; ++thread) running.emplace_back(run, thread);
  for (std::thread& each : running) each.join();
}

}  // namespace ae::cuda_on_cpu
