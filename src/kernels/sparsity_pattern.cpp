#include "kernels/sparsity_pattern.h"

#include "kernels/packed_panels.h"

#ifdef AE_HAS_AVX512_KERNELS

#include <bit>
#include <limits>

namespace ae {
namespace {

/// A column's number in its chunk is a byte.
constexpr int64_t kMaxListed = 256;

/// A tile's shape, and what a step of it costs beside the multiply-adds of its registers: a single
/// row waits for what it loads. Fewer rows have fewer columns in which one of them is not 0.
struct Shape {
  int64_t rows;
  int64_t registers;
  double cost;
};
constexpr Shape kShapes[] = {{4, 4, 1}, {2, 8, 1}, {1, 8, 1.25}};
/// Of c's registers, which each chunk reads and writes.
constexpr int64_t kCostOfSums = 3;

int64_t depth_of(int64_t columns, int64_t registers) {
  return even_depth(
      columns, std::min(SparsityPattern::kPanelFloats / (registers * kFloats) / kFloats * kFloats,
                        kMaxListed));
}

/// Lines of a matrix as it lies in memory from which its share of zeros is guessed.
constexpr int64_t kLooks = 8;
/// Zeros that are worth a closer look.
constexpr double kSomeZeros = 0.1;

}  // namespace

SparsityPattern& SparsityPattern::of_thread() {
  thread_local SparsityPattern own;
  return own;
}

SparsityPattern::SparsityPattern() : marks_(static_cast<size_t>(kMaxSparseRows * kMaxWords)) {
  occupied_.reserve(static_cast<size_t>(kMaxSparseRows));
  empty_.reserve(static_cast<size_t>(kMaxSparseRows));
}

int64_t SparsityPattern::tiles_of(int64_t rows) const {
  return (static_cast<int64_t>(occupied_.size()) + rows - 1) / rows;
}

int64_t SparsityPattern::rows_of(int64_t tile) const {
  return std::min(tiling_.rows, static_cast<int64_t>(occupied_.size()) - tile * tiling_.rows);
}

int64_t SparsityPattern::row(int64_t tile, int64_t i) const {
  return occupied_[static_cast<size_t>(tile * tiling_.rows + i)];
}

SparsityPattern::Columns SparsityPattern::columns(int64_t tile, int64_t chunk) const {
  const int64_t place = tile * chunks_ + chunk;
  return {columns_.data() + place * (tiling_.depth + kFloats), counts_[static_cast<size_t>(place)]};
}

bool may_have_zeros(const Matrix<float>& a, int64_t rows, int64_t columns) {
  const int64_t lines = a.transposed ? columns : rows;
  const int64_t length = a.transposed ? rows : columns;
  const int64_t looks = std::min(lines, kLooks);
  int64_t zeros = 0;
  for (int64_t look = 0; look < looks; ++look) {
    const float* line = a.data + lines * look / looks * a.stride;
    for (int64_t i = 0; i < length; ++i) zeros += line[i] == 0 ? 1 : 0;
  }
  return static_cast<double>(zeros) >= kSomeZeros * static_cast<double>(looks * length);
}

AE_AVX512 bool SparsityPattern::find(const Matrix<float>& a, int64_t rows, int64_t columns,
                                     int64_t registers, double worth) {
  if (a.transposed) {
    turn(a, rows, columns);
  } else {
    elements_ = a.data;
    stride_ = a.stride;
  }
  mark(rows, columns);
  if (choose_tiling(columns, registers) > worth) return false;
  list(columns);
  return true;
}

AE_AVX512 void SparsityPattern::turn(const Matrix<float>& a, int64_t rows, int64_t columns) {
  stride_ = whole_registers(columns);
  const auto room = static_cast<size_t>(whole_registers(rows) * stride_);
  if (turned_.size() < room) turned_.resize(room);
  elements_ = turned_.data();
  for (int64_t row = 0; row < rows; row += kFloats) {
    for (int64_t column = 0; column < columns; column += kFloats) {
      transpose_block(a.data + column * a.stride + row, a.stride, columns - column, rows - row,
                      turned_.data() + row * stride_ + column, stride_);
    }
  }
}

AE_AVX512 void SparsityPattern::mark(int64_t rows, int64_t columns) {
  occupied_.clear();
  empty_.clear();
  words_ = (columns + kBits - 1) / kBits;
  for (int64_t row = 0; row < rows; ++row) {
    const float* elements = this->elements(row);
    uint64_t* words = &marks_[static_cast<size_t>(row * kMaxWords)];
    uint64_t any = 0;
    for (int64_t column = 0; column < columns; column += kBits) {
      uint64_t word = 0;
      for (int64_t i = 0; i < kBits && column + i < columns; i += kFloats) {
        const __mmask16 there = first_floats(columns - column - i);
        const __m512 x = _mm512_maskz_loadu_ps(there, elements + column + i);
        // What is no number is not 0 either.
        const __mmask16 marks = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_NEQ_UQ);
        word |= static_cast<uint64_t>(marks) << i;
      }
      words[column / kBits] = word;
      any |= word;
    }
    (any != 0 ? occupied_ : empty_).push_back(static_cast<int32_t>(row));
  }
}

void SparsityPattern::join(int64_t tile, int64_t rows, Words& joined) const {
  std::fill_n(joined, words_, 0);
  const size_t end = std::min(static_cast<size_t>((tile + 1) * rows), occupied_.size());
  for (auto i = static_cast<size_t>(tile * rows); i < end; ++i) {
    const uint64_t* words = &marks_[static_cast<size_t>(occupied_[i]) * kMaxWords];
    for (int64_t word = 0; word < words_; ++word) joined[word] |= words[word];
  }
}

AE_AVX512 double SparsityPattern::choose_tiling(int64_t columns, int64_t registers) {
  double least = std::numeric_limits<double>::infinity();
  for (const Shape& shape : kShapes) {
    // A panel is to fill more than half of a tile.
    if (registers <= shape.registers / 2) break;
    int64_t steps = 0;
    for (int64_t tile = 0; tile < tiles_of(shape.rows); ++tile) {
      Words joined;
      join(tile, shape.rows, joined);
      for (int64_t word = 0; word < words_; ++word) steps += std::popcount(joined[word]);
    }
    const int64_t used = std::min(shape.registers, registers);
    const int64_t depth = depth_of(columns, used);
    const int64_t chunks = (columns + depth - 1) / depth;
    const double cost = static_cast<double>(shape.rows) *
                        (shape.cost * static_cast<double>(steps) +
                         static_cast<double>(kCostOfSums * tiles_of(shape.rows) * chunks));
    if (cost >= least) continue;
    least = cost;
    tiling_ = {shape.rows, used, depth};
    chunks_ = chunks;
  }
  const auto rows = static_cast<int64_t>(occupied_.size() + empty_.size());
  return least / static_cast<double>(rows * (columns + kCostOfSums));
}

AE_AVX512 void SparsityPattern::list(int64_t columns) {
  const auto places = static_cast<size_t>(tiles() * chunks_);
  const size_t room = places * static_cast<size_t>(tiling_.depth + kFloats);
  if (columns_.size() < room) columns_.resize(room);
  if (counts_.size() < places) counts_.resize(places);
  const __m512i lanes = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  for (int64_t tile = 0; tile < tiles(); ++tile) {
    Words joined;
    join(tile, tiling_.rows, joined);
    for (int64_t chunk = 0; chunk < chunks_; ++chunk) {
      const int64_t first = chunk * tiling_.depth;
      const int64_t place = tile * chunks_ + chunk;
      uint8_t* to = columns_.data() + place * (tiling_.depth + kFloats);
      int32_t count = 0;
      for (int64_t i = 0; i < std::min(tiling_.depth, columns - first); i += kFloats) {
        const int64_t column = first + i;
        const auto marks = static_cast<__mmask16>(joined[column / kBits] >> (column % kBits));
        const __m512i numbers = _mm512_add_epi32(lanes, _mm512_set1_epi32(static_cast<int>(i)));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to + count),
                         _mm512_cvtepi32_epi8(_mm512_maskz_compress_epi32(marks, numbers)));
        count += std::popcount(static_cast<uint32_t>(marks));
      }
      counts_[static_cast<size_t>(place)] = count;
    }
  }
}

}  // namespace ae

#endif
