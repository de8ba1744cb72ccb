// Loading of gemm operands to shared memory and tensor cores. Included after kernels.cu.

#ifdef __CUDACC__
#define AE_UNROLL _Pragma("unroll")

namespace {

#if __CUDA_ARCH__ >= 800
/// Rounds to TF32 (10-bit mantissa), as bits.
__device__ unsigned to_tf32(float x) {
  unsigned bits;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(x));
  return bits;
}

__device__ float float_of(unsigned bits) { return __uint_as_float(bits); }
__device__ unsigned bits_of(float x) { return __float_as_uint(x); }

/// c += a b of a warp: a [16, 8], b [8, 8].
__device__ void multiply_add(float (&c)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
      "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

/// Asynchronous copy of 4 numbers, or 1, to shared memory; stores zeros unless `is_there`.
template <int kNumbers>
__device__ void copy_async(float* to, const float* from, bool is_there) {
  const auto shared = static_cast<unsigned>(__cvta_generic_to_shared(to));
  if (kNumbers == 4) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared), "l"(from),
                 "r"(is_there ? 16 : 0));
  } else {
    asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(shared), "l"(from),
                 "r"(is_there ? 4 : 0));
  }
}
__device__ void end_copies() { asm volatile("cp.async.commit_group;"); }
/// Waits until all but the last `kLater` groups of copies are complete.
template <int kLater>
__device__ void wait_for_copies() {
  asm volatile("cp.async.wait_group %0;" ::"n"(kLater));
}
#else  // never launched: Kernels::has_gemm()
__device__ unsigned to_tf32(float) { return 0; }
__device__ float float_of(unsigned) { return 0; }
__device__ unsigned bits_of(float) { return 0; }
__device__ void multiply_add(float (&)[4], const unsigned (&)[4], const unsigned (&)[2]) {}
template <int kNumbers>
__device__ void copy_async(float*, const float*, bool) {}
__device__ void end_copies() {}
template <int kLater>
__device__ void wait_for_copies() {}
#endif

}  // namespace
#else
#define AE_UNROLL  // unit tests compile this file for a CPU and define the functions above
#endif

namespace {

constexpr int kWarps = kGemmThreads / 32;
constexpr int kStep = 8;  // steps of k per tensor core instruction
constexpr int kChunk = kWarps * kStep;

/// Chunks of an operand, `kLines` rows of a or columns of b, in shared memory: [line, k] if kByK (k
/// is contiguous in memory), else [k, line]. The strides avoid bank conflicts.
template <bool kByK, int kLines>
class Chunks {
  static constexpr int kStride = kByK ? kChunk + 8 : kLines + 4;
  static constexpr int kFours = kLines * kChunk / 4;  // vectors of four contiguous values
  static constexpr int kPieces = (kFours + kGemmThreads - 1) / kGemmThreads;

 public:
  static constexpr int kSize = kByK ? kLines * kStride : kChunk * kStride;

  /// Starts at the first k of an operand.
  __device__ void begin(const float* x, int stride, int lines, int k, int first_line) {
    none_ = x;
    k_left_ = k;
    step_ = kByK ? kChunk : static_cast<Index>(kChunk) * stride;
    // Aligned and without a partial vector at the end.
    vectorized_ = reinterpret_cast<unsigned long long>(x) % 16 == 0 && stride % 4 == 0 &&
                  (kByK ? k : lines) % 4 == 0;
    AE_UNROLL
    for (int i = 0; i < kPieces; ++i) {
      const int line = first_line + line_of(i);
      lines_left_[i] = lines - line;
      from_[i] = x + (kByK ? static_cast<Index>(line) * stride + k_of(i)
                           : static_cast<Index>(k_of(i)) * stride + line);
    }
  }

  /// Starts the copy of the next chunk, zero-padded.
  __device__ void fetch(float* chunk) {
    AE_UNROLL
    for (int i = 0; i < kPieces; ++i) {
      if (kFours % kGemmThreads != 0 && threadIdx.x + i * kGemmThreads >= kFours) break;
      float* to = chunk + (kByK ? line_of(i) * kStride + k_of(i) : k_of(i) * kStride + line_of(i));
      const int k_left = k_left_ - k_of(i);
      if (vectorized_) {
        const bool is_there = lines_left_[i] > 0 && k_left > 0;
        copy_async<4>(to, is_there ? from_[i] : none_, is_there);
      } else {
        for (int j = 0; j < 4; ++j) {
          const bool is_there = lines_left_[i] > (kByK ? 0 : j) && k_left > (kByK ? j : 0);
          copy_async<1>(to + j, is_there ? from_[i] + j : none_, is_there);
        }
      }
      from_[i] += step_;
    }
    k_left_ -= kChunk;
  }

  /// A line's values at k and k + 1.
  static __device__ void read(const float* chunk, int line, int k, float (&out)[2]) {
    if (kByK) {
      const float2 both = *reinterpret_cast<const float2*>(chunk + line * kStride + k);
      out[0] = both.x;
      out[1] = both.y;
    } else {
      out[0] = chunk[k * kStride + line];
      out[1] = chunk[(k + 1) * kStride + line];
    }
  }

 private:
  // Position in a chunk of the i-th vector of a thread.
  static __device__ int line_of(int i) {
    const int index = threadIdx.x + i * kGemmThreads;
    return kByK ? index / (kChunk / 4) : index % (kLines / 4) * 4;
  }
  static __device__ int k_of(int i) {
    const int index = threadIdx.x + i * kGemmThreads;
    return kByK ? index % (kChunk / 4) * 4 : index / (kLines / 4);
  }

  const float* none_ = nullptr;
  const float* from_[kPieces] = {};
  int lines_left_[kPieces] = {};
  int k_left_ = 0;
  Index step_ = 0;
  bool vectorized_ = false;
};

/// Splits a number into a TF32 number and the remainder, which tensor cores truncate to TF32. NaN
/// is always preserved in the remainder.
__device__ void split(float x, unsigned& high, unsigned& low) {
  high = (bits_of(x) + 0x1000U) & 0xFFFFE000U;
  low = bits_of(x - float_of(high));
}

}  // namespace
