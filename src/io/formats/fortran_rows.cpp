#include "io/formats/fortran_rows.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/error.h"
#include "core/memory.h"

namespace ae {
namespace {

constexpr size_t kBlockBytes = size_t{16} << 20;
constexpr size_t kLoadBytes = size_t{1} << 20;
// Rows written together: few enough that their cache lines stay in the cache until they are full.
constexpr size_t kTileRows = 64;

class FortranRows : public RowReader {
 public:
  FortranRows(ByteReader reader, ArrayHeader header, RowInfo info, const Delivery& delivery)
      : reader_(std::move(reader)),
        header_(std::move(header)),
        info_(std::move(info)),
        delivery_(delivery),
        count_(static_cast<size_t>(header_.shape[0])),
        width_(static_cast<size_t>(info_.width())),
        stored_(number_bytes(header_.layout.type)) {
    const size_t row_bytes = width_ * std::max(stored_, dtype_bytes(info_.dtype));
    block_capacity_ = std::clamp<size_t>(kBlockBytes / row_bytes, 1, count_);
  }

  const RowInfo& info() const override { return info_; }

  int64_t read(int64_t max_rows, void* out) override {
    const size_t wanted = std::min(static_cast<size_t>(max_rows), count_ - next_row_);
    const size_t row_bytes = info_.row_bytes();
    for (size_t done = 0; done < wanted;) {
      if (next_row_ == block_first_ + block_rows_) load_block();
      const size_t n = std::min(wanted - done, block_first_ + block_rows_ - next_row_);
      std::memcpy(static_cast<std::byte*>(out) + done * row_bytes,
                  block_.data() + (next_row_ - block_first_) * row_bytes, n * row_bytes);
      done += n;
      next_row_ += n;
    }
    return static_cast<int64_t>(wanted);
  }

 private:
  /// Loads the next rows into block_, in C order.
  void load_block() {
    if (row_index_.empty()) prepare();
    block_first_ = next_row_;
    block_rows_ = std::min(block_capacity_, count_ - next_row_);
    const bool by_column = whole_.empty() && block_rows_ < count_;
    if (by_column) {
      for (size_t column = 0; column < width_; ++column) {
        const uint64_t number = uint64_t{column} * count_ + block_first_;
        reader_.read_at(header_.data_offset + number * stored_,
                        raw_.data() + column * block_rows_ * stored_, block_rows_ * stored_,
                        "the rows");
      }
    } else if (whole_.empty()) {
      reader_.read_at(header_.data_offset, raw_.data(), count_ * width_ * stored_, "the rows");
    }
    for (size_t row = 0; row < block_rows_; row += kTileRows) {
      const size_t n = std::min(kTileRows, block_rows_ - row);
      for (size_t column = 0; column < width_; ++column) {
        const std::byte* numbers =
            whole_.empty() ? raw_.data() + (column * block_rows_ + row) * stored_
                           : whole_.data() + (column * count_ + block_first_ + row) * stored_;
        scatter(numbers, row, n, column);
      }
    }
  }

  /// Allocates the buffers, and loads a compressed file, at the first read.
  void prepare() {
    block_.resize(block_capacity_ * info_.row_bytes());
    if (reader_.plain_size()) {
      raw_.resize(block_capacity_ * width_ * stored_);
    } else {
      load_whole();
    }
    // Index in a row (C order) of each element in column-major order.
    const std::span<const int64_t> axes = std::span(header_.shape).subspan(1);
    std::vector<size_t> strides(axes.size(), 1);
    for (size_t axis = axes.size() - 1; axis-- > 0;) {
      strides[axis] = strides[axis + 1] * static_cast<size_t>(axes[axis + 1]);
    }
    row_index_.resize(width_);
    for (size_t column = 0; column < width_; ++column) {
      size_t rest = column;
      for (size_t axis = 0; axis < axes.size(); ++axis) {
        row_index_[column] += rest % static_cast<size_t>(axes[axis]) * strides[axis];
        rest /= static_cast<size_t>(axes[axis]);
      }
    }
  }

  void load_whole() {
    const size_t total = count_ * width_ * stored_;
    if (total > static_cast<uint64_t>(available_memory_bytes())) {
      throw data_error(
          "{}: no memory for {} MB: a compressed array in Fortran order can only be read as a "
          "whole; decompress the file, or save it in C order",
          reader_.path().string(), total >> 20);
    }
    while (whole_.size() < total) {
      // Grows with the content read, not by the declared size.
      const size_t had = whole_.size();
      const size_t n = std::min(kLoadBytes, total - had);
      whole_.resize(had + n);
      reader_.read_exactly(whole_.data() + had, n, "the rows");
    }
    if (!reader_.at_end()) {
      throw data_error(
          "{}: bytes follow the last of {} rows; expected the end of the file; write"
          " the file again",
          reader_.path().string(), count_);
    }
  }

  /// Converts n numbers of one column and stores them in the block's rows [row, row + n).
  void scatter(const std::byte* numbers, size_t row, size_t n, size_t column) {
    double converted[kTileRows];  // room for any type
    const auto bad = deliver_numbers(header_.layout, numbers, n, delivery_, converted);
    if (bad) {
      const uint64_t flat = uint64_t{block_first_ + row + *bad} * width_ + row_index_[column];
      throw data_error("{}: at index {}: {}", reader_.path().string(),
                       index_text(header_.shape, flat),
                       why_undeliverable(header_.layout, numbers + *bad * stored_));
    }
    const size_t first = row * width_ + row_index_[column];
    switch (info_.dtype) {
      case DType::uint8:
        return spread(reinterpret_cast<const uint8_t*>(converted), n, first);
      case DType::float32:
        return spread(reinterpret_cast<const float*>(converted), n, first);
      case DType::float64:
        return spread(converted, n, first);
    }
  }

  template <class T>
  void spread(const T* column, size_t n, size_t first) {
    auto* values = reinterpret_cast<T*>(block_.data());
    for (size_t i = 0; i < n; ++i) values[first + i * width_] = column[i];
  }

  ByteReader reader_;
  ArrayHeader header_;
  RowInfo info_;
  Delivery delivery_;
  size_t count_;
  size_t width_;
  size_t stored_;              // bytes of one stored number
  size_t block_capacity_ = 1;  // rows
  std::vector<size_t> row_index_;
  std::vector<std::byte> whole_;  // all numbers as stored; empty if the file is not compressed
  std::vector<std::byte> raw_;    // numbers of the block as stored, column by column
  std::vector<std::byte> block_;  // rows of the block as delivered
  size_t block_first_ = 0;
  size_t block_rows_ = 0;
  size_t next_row_ = 0;
};

}  // namespace

std::unique_ptr<RowReader> fortran_rows(ByteReader reader, ArrayHeader header, RowInfo info,
                                        const Delivery& delivery) {
  return std::make_unique<FortranRows>(std::move(reader), std::move(header), std::move(info),
                                       delivery);
}

}  // namespace ae
