#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>

#include <numeric>
#include <utility>
#include <vector>

#include "data/row_source.h"
#include "engine/batch.h"

namespace ae {

/// The rows of a tensor, in float32 or float64, as a source of batches.
class TensorRows : public RowSource {
 public:
  /// @param rows  [N, D]
  explicit TensorRows(at::Tensor rows) : rows_(std::move(rows)) {}

  int64_t width() const override { return rows_.size(1); }
  at::Tensor gather(std::span<const int64_t> rows) const override {
    const at::Tensor index = at::from_blob(const_cast<int64_t*>(rows.data()),
                                           {static_cast<int64_t>(rows.size())}, at::kLong);
    return rows_.index_select(0, index.to(rows_.device()));
  }
  void gather(std::span<const int64_t> rows, float* out) const override {
    at::from_blob(out, {static_cast<int64_t>(rows.size()), width()}, at::kFloat)
        .copy_(gather(rows));
  }
  void gather_transposed(std::span<const int64_t> rows, int64_t stride, float* out) const override {
    at::from_blob(out, {static_cast<int64_t>(rows.size()), width()}, {1, stride}, at::kFloat)
        .copy_(gather(rows));
  }

 private:
  at::Tensor rows_;
};

/// All rows of a tensor as a batch, in the tensor's type.
class TensorBatch {
 public:
  /// @param rows   [B, D]
  /// @param noise  must outlive this
  TensorBatch(const at::Tensor& rows, const Noise& noise, at::Tensor labels = {})
      : source_(rows),
        numbers_(static_cast<size_t>(rows.size(0))),
        batch_(source_, numbers_, noise, std::move(labels), rows.scalar_type()) {
    std::iota(numbers_.begin(), numbers_.end(), int64_t{0});
  }
  TensorBatch(const TensorBatch&) = delete;
  TensorBatch& operator=(const TensorBatch&) = delete;
  operator const Batch&() const { return batch_; }  // NOLINT(google-explicit-constructor)

 private:
  TensorRows source_;
  std::vector<int64_t> numbers_;
  Batch batch_;
};

}  // namespace ae
