#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <span>

#include "data/row_source.h"
#include "engine/index_range.h"
#include "models/noise.h"
#include "models/row_pair.h"

namespace ae {

/// A mini-batch: rows of a source with their noise and labels. Rows are gathered on demand; of
/// sources of probabilities, zeros and ones are drawn by the noise.
class Batch {
 public:
  /// Source, rows and noise must outlive this.
  /// @param noise   noise of these rows
  /// @param labels  [B] int64, for a conditional model; else undefined
  /// @param type     dtype of input() and target(): the model's
  /// @param targets  what is to be reconstructed of the rows; null for the rows themselves
  Batch(const RowSource& source, std::span<const int64_t> rows, const Noise& noise,
        at::Tensor labels = {}, at::ScalarType type = at::kFloat,
        const RowSource* targets = nullptr)
      : source_(&source),
        targets_(targets),
        rows_(rows),
        noise_(&noise),
        labels_(std::move(labels)),
        type_(type) {}

  int64_t samples() const { return static_cast<int64_t>(rows_.size()); }
  int64_t width() const { return source_->width(); }
  /// [B, D] scaled data, not corrupted. Not thread-safe.
  const at::Tensor& input() const;
  /// [B, T] scaled data to reconstruct; input() unless the rows have targets of their own. Not
  /// thread-safe.
  const at::Tensor& target() const;
  bool has_own_targets() const { return targets_ != nullptr; }
  RowPair pair() const { return {input(), target()}; }
  const Noise& noise() const { return *noise_; }
  const at::Tensor& labels() const { return labels_; }
  const RowSource& source() const { return *source_; }
  /// Row indices in the source.
  std::span<const int64_t> rows() const { return rows_; }

  /// Copies a range of rows, on the CPU. Thread-safe. @param out [count, D]
  void copy_rows(const IndexRange& range, float* out) const;
  void copy_rows(const IndexRange& range, double* out) const;
  /// Copies a range of rows transposed, on the CPU. Thread-safe.
  /// @param out  [D, stride]; the first `count` values of each line are written
  void copy_features(const IndexRange& range, int64_t stride, float* out) const;
  void copy_features(const IndexRange& range, int64_t stride, double* out) const;
  /// A sub-batch of a range of rows, on the CPU.
  /// @param noise  receives their noise, which must outlive the returned batch
  Batch part(const IndexRange& range, std::unique_ptr<Noise>& noise) const;

 private:
  /// Zeros and ones, if `source` is of probabilities, else its rows. [n, width]
  static at::Tensor drawn(const RowSource& source, const at::Tensor& rows, const Noise& noise);
  /// [count, D]
  at::Tensor rows_of(const IndexRange& range) const;

  mutable at::Tensor input_;
  mutable at::Tensor target_;
  const RowSource* source_;
  const RowSource* targets_;
  std::span<const int64_t> rows_;
  const Noise* noise_;
  at::Tensor labels_;
  at::ScalarType type_;
};

}  // namespace ae
