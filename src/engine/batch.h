#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <span>

#include "data/resident_rows.h"
#include "engine/share.h"
#include "models/noise.h"

namespace ae {

/// Samples to learn from or to be measured on.
class Batch {
 public:
  /// @param target  [B, D] scaled data, clean
  /// @param noise   for these rows; must outlive this
  /// @param labels  [B] int64, for a conditional model; else undefined
  Batch(at::Tensor target, const Noise& noise, at::Tensor labels = {})
      : target_(std::move(target)), noise_(&noise), labels_(std::move(labels)) {}
  /// The same of rows that are gathered when they are asked for. All must outlive this.
  /// @param type  of the samples' values: the model's
  Batch(const ResidentRows& source, std::span<const int64_t> rows, const Noise& noise,
        at::Tensor labels = {}, at::ScalarType type = at::kFloat)
      : source_(&source), rows_(rows), noise_(&noise), labels_(std::move(labels)), type_(type) {}

  int64_t samples() const {
    return source_ != nullptr ? static_cast<int64_t>(rows_.size()) : target_.size(0);
  }
  int64_t width() const { return source_ != nullptr ? source_->width() : target_.size(1); }
  /// [B, D]; not to be asked for by several threads at once
  const at::Tensor& target() const;
  const Noise& noise() const { return *noise_; }
  const at::Tensor& labels() const { return labels_; }
  /// Where the samples are gathered from; null where they were given.
  const ResidentRows* source() const { return source_; }
  /// Their numbers in the source.
  std::span<const int64_t> rows() const { return rows_; }

  /// Some rows as plain memory, [count, D]; on the CPU, by any number of threads.
  void copy_rows(const Share& share, float* out) const;
  void copy_rows(const Share& share, double* out) const;
  /// The same with a feature's values together, [D, stride], of which `count` each are written.
  void copy_features(const Share& share, int64_t stride, float* out) const;
  void copy_features(const Share& share, int64_t stride, double* out) const;
  /// Some rows as a batch, with their own noise; on the CPU.
  /// @param noise  is given what the batch needs as long as it lives
  Batch part(const Share& share, std::unique_ptr<Noise>& noise) const;

 private:
  at::Tensor rows(const Share& share) const;

  mutable at::Tensor target_;
  const ResidentRows* source_ = nullptr;
  std::span<const int64_t> rows_;
  const Noise* noise_;
  at::Tensor labels_;
  at::ScalarType type_ = at::kFloat;
};

}  // namespace ae
