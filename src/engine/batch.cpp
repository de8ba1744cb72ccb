#include "engine/batch.h"

#include <ATen/ops/from_blob.h>

namespace ae {
namespace {

std::span<const int64_t> subspan(std::span<const int64_t> rows, const IndexRange& range) {
  return rows.subspan(static_cast<size_t>(range.begin), static_cast<size_t>(range.count));
}

}  // namespace

const at::Tensor& Batch::input() const {
  if (!input_.defined()) input_ = source_->gather(rows_).to(type_);
  return input_;
}

const at::Tensor& Batch::target() const {
  if (targets_ == nullptr) return input();
  if (!target_.defined()) target_ = targets_->gather(rows_).to(type_);
  return target_;
}

void Batch::copy_rows(const IndexRange& range, float* out) const {
  source_->gather(subspan(rows_, range), out);
}

void Batch::copy_rows(const IndexRange& range, double* out) const {
  at::from_blob(out, {range.count, width()}, at::kDouble)
      .copy_(source_->gather(subspan(rows_, range)));
}

void Batch::copy_features(const IndexRange& range, int64_t stride, float* out) const {
  source_->gather_transposed(subspan(rows_, range), stride, out);
}

void Batch::copy_features(const IndexRange& range, int64_t stride, double* out) const {
  at::from_blob(out, {range.count, width()}, {1, stride}, at::kDouble)
      .copy_(source_->gather(subspan(rows_, range)));
}

Batch Batch::part(const IndexRange& range, std::unique_ptr<Noise>& noise) const {
  noise = noise_->part(range.begin, range.count);
  const at::Tensor labels =
      labels_.defined() ? labels_.narrow(0, range.begin, range.count) : at::Tensor();
  return {*source_, subspan(rows_, range), *noise, labels, type_, targets_};
}

}  // namespace ae
