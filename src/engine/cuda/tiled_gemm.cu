// Gemm on tensor cores with a fused epilogue, for matrices of the size of most autoencoders'
// layers, for which cuBLAS leaves most of a GPU idle: a block computes a tile of 16 or 32 rows and
// 32 columns of c, with k split over its eight warps. Included after operands.cu.

namespace {

__device__ void epilogue(const Gemm& p, int row, int column, float value, Errors& errors) {
  const Index i = static_cast<Index>(row) * p.n + column;
  switch (p.epilogue) {
    case Epilogue::add_to:
      p.c[i] += value;
      return;
    case Epilogue::forward:
      p.c[i] = activated(p.activation, p.slope, value + p.other[column]);
      return;
    case Epilogue::backward:
      p.c[i] = p.other == nullptr ? value
                                  : activation_gradient(p.activation, p.slope, p.other[i], value);
      return;
    case Epilogue::loss_gradient: {
      const float output = activated(p.activation, p.slope, value + p.other[column]);
      p.c[i] = loss_gradient(p.loss, output, p.target[i], errors);
      return;
    }
    case Epilogue::gaussian:
      gaussian_gradient(p.gaussian, i, value);
      return;
  }
}

template <bool kAByK, bool kBByK, int kRowTiles>
class Multiplication {
  static constexpr int kRows = 16 * kRowTiles;
  static constexpr int kColumnTiles = kTileColumns / 8;
  using A = Chunks<kAByK, kRows>;
  using B = Chunks<kBByK, kTileColumns>;
  static constexpr int kStages = kRowTiles == 1 ? 3 : 2;  // as many as fit shared memory
  static constexpr int kStage = A::kSize + B::kSize;
  static constexpr int kSumStride = kTileColumns + 8;
  static constexpr int kSums = kWarps * kRows * kSumStride;

 public:
  static constexpr int kMemory = kStages * kStage > kSums ? kStages* kStage : kSums;

  __device__ Multiplication(const Gemm& gemm, bool exact, float* memory, float* row_memory)
      : p_(gemm),
        exact_(exact),
        memory_(memory),
        row_memory_(row_memory),
        warp_(threadIdx.x / 32),
        group_(threadIdx.x % 32 / 4),
        rank_(threadIdx.x % 4),
        first_row_(blockIdx.y * kRows),
        first_column_(blockIdx.x * kTileColumns),
        sums_rows_(gemm.row_sums != nullptr && blockIdx.x == 0) {}

  __device__ void run() {
    const int first_chunks = (p_.operands[0].k + kChunk - 1) / kChunk;
    const int chunks = first_chunks + (p_.operands[1].k + kChunk - 1) / kChunk;
    A a;
    B b;
    const auto fetch = [&](int chunk) {
      if (chunk < chunks) {
        if (chunk == 0 || chunk == first_chunks) {
          const GemmOperands& f = p_.operands[chunk == 0 ? 0 : 1];
          a.begin(f.a, f.a_stride, p_.m, f.k, first_row_);
          b.begin(f.b, f.b_stride, p_.n, f.k, first_column_);
        }
        float* stage = memory_ + chunk % kStages * kStage;
        a.fetch(stage);
        b.fetch(stage + A::kSize);
      }
      end_copies();
    };
    for (int chunk = 0; chunk < kStages - 1; ++chunk) fetch(chunk);
    for (int chunk = 0; chunk < chunks; ++chunk) {
      wait_for_copies<kStages - 2>();
      __syncthreads();
      fetch(chunk + kStages - 1);
      const float* stage = memory_ + chunk % kStages * kStage;
      exact_ ? multiply<true>(stage) : multiply<false>(stage);
    }
    wait_for_copies<0>();
    __syncthreads();
    store_partial_sums();
    __syncthreads();
    reduce_partial_sums();
  }

 private:
  /// Fragment layout of a warp: the thread of rank r in group g (8 groups of 4 threads) holds rows
  /// g and g + 8 of a at two k, column g of b at the same k, and rows g and g + 8 of c at columns 2
  /// r and 2 r + 1. The assignment of k to ranks is arbitrary, but must agree between a and b.
  template <bool kExact>
  __device__ void multiply(const float* chunk) {
    const int k = warp_ * kStep + 2 * rank_;
    unsigned b_high[kColumnTiles][2];
    unsigned b_low[kColumnTiles][2];
    AE_UNROLL
    for (int j = 0; j < kColumnTiles; ++j) {
      float values[2];
      B::read(chunk + A::kSize, 8 * j + group_, k, values);
      split_operand<kExact>(values[0], b_high[j][0], b_low[j][0]);
      split_operand<kExact>(values[1], b_high[j][1], b_low[j][1]);
    }
    AE_UNROLL
    for (int i = 0; i < kRowTiles; ++i) {
      unsigned high[4];
      unsigned low[4];
      AE_UNROLL
      for (int half = 0; half < 2; ++half) {
        float values[2];
        A::read(chunk, 16 * i + group_ + 8 * half, k, values);
        split_operand<kExact>(values[0], high[half], low[half]);
        split_operand<kExact>(values[1], high[half + 2], low[half + 2]);
        row_sums_[i][half] += values[0] + values[1];
      }
      if (kExact) {
        AE_UNROLL
        for (int j = 0; j < kColumnTiles; ++j) multiply_add(c_[i][j], low, b_high[j]);
        AE_UNROLL
        for (int j = 0; j < kColumnTiles; ++j) multiply_add(c_[i][j], high, b_low[j]);
      }
      AE_UNROLL
      for (int j = 0; j < kColumnTiles; ++j) multiply_add(c_[i][j], high, b_high[j]);
    }
  }

  template <bool kExact>
  static __device__ void split_operand(float x, unsigned& high, unsigned& low) {
    if (kExact) {
      split(x, high, low);
    } else {
      high = to_tf32(x);
    }
  }

  /// Stores each warp's partial sums to shared memory.
  __device__ void store_partial_sums() {
    AE_UNROLL
    for (int i = 0; i < kRowTiles; ++i) {
      AE_UNROLL
      for (int half = 0; half < 2; ++half) {
        const int row = 16 * i + group_ + 8 * half;
        AE_UNROLL
        for (int j = 0; j < kColumnTiles; ++j) {
          float* to = memory_ + (warp_ * kRows + row) * kSumStride + 8 * j + 2 * rank_;
          to[0] = c_[i][j][2 * half];
          to[1] = c_[i][j][2 * half + 1];
        }
        if (!sums_rows_) continue;
        float sum = row_sums_[i][half];
        sum += __shfl_down_sync(0xFFFFFFFF, sum, 2);
        sum += __shfl_down_sync(0xFFFFFFFF, sum, 1);
        if (rank_ == 0) row_memory_[warp_ * kRows + row] = sum;
      }
    }
  }

  __device__ void reduce_partial_sums() {
    Errors errors{0, 0};
    for (int index = threadIdx.x; index < kRows * kTileColumns; index += kGemmThreads) {
      const int row = index / kTileColumns;
      const int column = index % kTileColumns;
      float value = 0;
      AE_UNROLL
      for (int i = 0; i < kWarps; ++i) {
        value += memory_[(i * kRows + row) * kSumStride + column];
      }
      if (first_row_ + row < p_.m && first_column_ + column < p_.n) {
        epilogue(p_, first_row_ + row, first_column_ + column, value, errors);
      }
    }
    if (p_.epilogue == Epilogue::loss_gradient) {
      store_errors(errors, blockIdx.y * gridDim.x + blockIdx.x, p_.sums);
    }
    const int row = threadIdx.x;
    if (sums_rows_ && row < kRows && first_row_ + row < p_.m) {
      float sum = 0;
      for (int i = 0; i < kWarps; ++i) sum += row_memory_[i * kRows + row];
      p_.row_sums[first_row_ + row] += sum;
    }
  }

  const Gemm& p_;
  const bool exact_;
  float* memory_;
  float* row_memory_;
  const int warp_;
  const int group_;
  const int rank_;
  const int first_row_;
  const int first_column_;
  const bool sums_rows_;
  float c_[kRowTiles][kColumnTiles][4] = {};
  float row_sums_[kRowTiles][2] = {};
};

template <bool kAByK, bool kBByK, int kRowTiles>
__device__ void multiply(const GemmBatch& all) {
  using Work = Multiplication<kAByK, kBByK, kRowTiles>;
  __shared__ __align__(16) float memory[Work::kMemory];
  __shared__ float row_memory[kWarps * 16 * kRowTiles];
  Work(all.each[blockIdx.z], all.exact != 0, memory, row_memory).run();
}

}  // namespace

extern "C" {

/// c = a b', both [lines, k]; 16 rows per block.
__global__ void __launch_bounds__(kGemmThreads) gemm_by_rows(GemmBatch all) {
  multiply<true, true, 1>(all);
}
/// c = a b, of a [m, k] and b [k, n]; 16 rows per block.
__global__ void __launch_bounds__(kGemmThreads) gemm(GemmBatch all) {
  multiply<true, false, 1>(all);
}
/// c = a' b, both [k, lines]; 32 rows per block.
__global__ void __launch_bounds__(kGemmThreads) gemm_by_columns(GemmBatch all) {
  multiply<false, false, 2>(all);
}

}  // extern "C"
