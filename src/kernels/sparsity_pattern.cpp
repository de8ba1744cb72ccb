#include "kernels/sparsity_pattern.h"

#include "kernels/packed_panels.h"

#ifdef AE_HAS_AVX512_KERNELS

#include <bit>
#include <limits>

namespace ae {
namespace {

/// A column's index in its chunk is a byte.
constexpr int64_t kMaxChunkColumns = 256;

/// Shape of a tile, and the relative cost of one of its steps: a single row is bound by the latency
/// of loads. A tile of fewer rows has fewer columns with a nonzero element.
struct Shape {
  int64_t rows;
  int64_t registers;
  double cost;
};
constexpr Shape kShapes[] = {{4, 4, 1}, {2, 8, 1}, {1, 8, 1.25}};
/// Cost of c's registers, which each chunk reads and writes, in steps.
constexpr int64_t kEpilogueCost = 3;

int64_t depth_of(int64_t columns, int64_t registers) {
  return even_depth(columns,
                    std::min(SparsityPattern::kMaxPanelFloats / (registers * kFloatsPerRegister) /
                                 kFloatsPerRegister * kFloatsPerRegister,
                             kMaxChunkColumns));
}

/// Rows in memory from which a matrix's fraction of zeros is estimated.
constexpr int64_t kSampledRows = 8;
/// Minimum estimated fraction of zeros.
constexpr double kMinZeroFraction = 0.1;

}  // namespace

SparsityPattern& SparsityPattern::of_thread() {
  thread_local SparsityPattern own;
  return own;
}

SparsityPattern::SparsityPattern() : masks_(static_cast<size_t>(kMaxSparseRows * kMaxWords)) {
  nonzero_.reserve(static_cast<size_t>(kMaxSparseRows));
  empty_.reserve(static_cast<size_t>(kMaxSparseRows));
}

int64_t SparsityPattern::tiles_of(int64_t rows) const {
  return (static_cast<int64_t>(nonzero_.size()) + rows - 1) / rows;
}

int64_t SparsityPattern::rows_of(int64_t tile) const {
  return std::min(tiling_.rows, static_cast<int64_t>(nonzero_.size()) - tile * tiling_.rows);
}

int64_t SparsityPattern::row(int64_t tile, int64_t i) const {
  return nonzero_[static_cast<size_t>(tile * tiling_.rows + i)];
}

SparsityPattern::Columns SparsityPattern::columns(int64_t tile, int64_t chunk) const {
  const int64_t index = tile * chunks_ + chunk;
  return {columns_.data() + index * (tiling_.depth + kFloatsPerRegister),
          counts_[static_cast<size_t>(index)]};
}

bool may_have_zeros(const Matrix<float>& a, int64_t rows, int64_t columns) {
  const int64_t lines = a.transposed ? columns : rows;
  const int64_t length = a.transposed ? rows : columns;
  const int64_t samples = std::min(lines, kSampledRows);
  int64_t zeros = 0;
  for (int64_t sample = 0; sample < samples; ++sample) {
    const float* line = a.data + lines * sample / samples * a.stride;
    for (int64_t i = 0; i < length; ++i) zeros += line[i] == 0 ? 1 : 0;
  }
  return static_cast<double>(zeros) >= kMinZeroFraction * static_cast<double>(samples * length);
}

AE_AVX512 bool SparsityPattern::find(const Matrix<float>& a, int64_t rows, int64_t columns,
                                     int64_t registers, double max_cost) {
  if (a.transposed) {
    copy_transposed(a, rows, columns);
  } else {
    elements_ = a.data;
    stride_ = a.stride;
  }
  compute_masks(rows, columns);
  if (choose_tiling(columns, registers) > max_cost) return false;
  list_columns(columns);
  return true;
}

AE_AVX512 void SparsityPattern::copy_transposed(const Matrix<float>& a, int64_t rows,
                                                int64_t columns) {
  stride_ = whole_registers(columns);
  const auto size = static_cast<size_t>(whole_registers(rows) * stride_);
  if (transposed_.size() < size) transposed_.resize(size);
  elements_ = transposed_.data();
  for (int64_t row = 0; row < rows; row += kFloatsPerRegister) {
    for (int64_t column = 0; column < columns; column += kFloatsPerRegister) {
      transpose_block(a.data + column * a.stride + row, a.stride, columns - column, rows - row,
                      transposed_.data() + row * stride_ + column, stride_);
    }
  }
}

AE_AVX512 void SparsityPattern::compute_masks(int64_t rows, int64_t columns) {
  nonzero_.clear();
  empty_.clear();
  words_ = (columns + kBits - 1) / kBits;
  for (int64_t row = 0; row < rows; ++row) {
    const float* elements = this->elements(row);
    uint64_t* words = &masks_[static_cast<size_t>(row * kMaxWords)];
    uint64_t any = 0;
    for (int64_t column = 0; column < columns; column += kBits) {
      uint64_t word = 0;
      for (int64_t i = 0; i < kBits && column + i < columns; i += kFloatsPerRegister) {
        const __mmask16 valid = first_floats(columns - column - i);
        const __m512 x = _mm512_maskz_loadu_ps(valid, elements + column + i);
        // Unordered comparison: NaN counts as nonzero.
        const __mmask16 nonzero = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_NEQ_UQ);
        word |= static_cast<uint64_t>(nonzero) << i;
      }
      words[column / kBits] = word;
      any |= word;
    }
    (any != 0 ? nonzero_ : empty_).push_back(static_cast<int32_t>(row));
  }
}

void SparsityPattern::join_masks(int64_t tile, int64_t rows, Words& joined) const {
  std::fill_n(joined, words_, 0);
  const size_t end = std::min(static_cast<size_t>((tile + 1) * rows), nonzero_.size());
  for (auto i = static_cast<size_t>(tile * rows); i < end; ++i) {
    const uint64_t* words = &masks_[static_cast<size_t>(nonzero_[i]) * kMaxWords];
    for (int64_t word = 0; word < words_; ++word) joined[word] |= words[word];
  }
}

AE_AVX512 double SparsityPattern::choose_tiling(int64_t columns, int64_t registers) {
  double min_cost = std::numeric_limits<double>::infinity();
  for (const Shape& shape : kShapes) {
    // A panel must fill more than half of a tile.
    if (registers <= shape.registers / 2) break;
    int64_t steps = 0;
    for (int64_t tile = 0; tile < tiles_of(shape.rows); ++tile) {
      Words joined;
      join_masks(tile, shape.rows, joined);
      for (int64_t word = 0; word < words_; ++word) steps += std::popcount(joined[word]);
    }
    const int64_t used = std::min(shape.registers, registers);
    const int64_t depth = depth_of(columns, used);
    const int64_t chunks = (columns + depth - 1) / depth;
    const double cost = static_cast<double>(shape.rows) *
                        (shape.cost * static_cast<double>(steps) +
                         static_cast<double>(kEpilogueCost * tiles_of(shape.rows) * chunks));
    if (cost >= min_cost) continue;
    min_cost = cost;
    tiling_ = {shape.rows, used, depth};
    chunks_ = chunks;
  }
  const auto rows = static_cast<int64_t>(nonzero_.size() + empty_.size());
  return min_cost / static_cast<double>(rows * (columns + kEpilogueCost));
}

AE_AVX512 void SparsityPattern::list_columns(int64_t columns) {
  const auto lists = static_cast<size_t>(tiles() * chunks_);
  const size_t size = lists * static_cast<size_t>(tiling_.depth + kFloatsPerRegister);
  if (columns_.size() < size) columns_.resize(size);
  if (counts_.size() < lists) counts_.resize(lists);
  const __m512i lanes = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  for (int64_t tile = 0; tile < tiles(); ++tile) {
    Words joined;
    join_masks(tile, tiling_.rows, joined);
    for (int64_t chunk = 0; chunk < chunks_; ++chunk) {
      const int64_t first = chunk * tiling_.depth;
      const int64_t index = tile * chunks_ + chunk;
      uint8_t* to = columns_.data() + index * (tiling_.depth + kFloatsPerRegister);
      int32_t count = 0;
      for (int64_t i = 0; i < std::min(tiling_.depth, columns - first); i += kFloatsPerRegister) {
        const int64_t column = first + i;
        const auto mask = static_cast<__mmask16>(joined[column / kBits] >> (column % kBits));
        const __m512i indices = _mm512_add_epi32(lanes, _mm512_set1_epi32(static_cast<int>(i)));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to + count),
                         _mm512_cvtepi32_epi8(_mm512_maskz_compress_epi32(mask, indices)));
        count += std::popcount(static_cast<uint32_t>(mask));
      }
      counts_[static_cast<size_t>(index)] = count;
    }
  }
}

}  // namespace ae

#endif
