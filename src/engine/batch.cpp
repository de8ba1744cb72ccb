#include "engine/batch.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/where.h>

namespace ae {
namespace {

std::span<const int64_t> subspan(std::span<const int64_t> rows, const IndexRange& range) {
  return rows.subspan(static_cast<size_t>(range.begin), static_cast<size_t>(range.count));
}

}  // namespace

at::Tensor Batch::drawn(const RowSource& source, const at::Tensor& rows, const Noise& noise) {
  if (!source.is_drawn()) return rows;
  const at::Tensor ones = noise.uniform(Purpose::binarization, source.width()) < rows;
  return at::where(rows.isnan(), rows, ones.to(rows.scalar_type()));
}

const at::Tensor& Batch::input() const {
  if (!input_.defined()) input_ = drawn(*source_, source_->gather(rows_), *noise_).to(type_);
  return input_;
}

const at::Tensor& Batch::target() const {
  if (targets_ == nullptr) return input();
  if (!target_.defined()) target_ = drawn(*targets_, targets_->gather(rows_), *noise_).to(type_);
  return target_;
}

at::Tensor Batch::rows_of(const IndexRange& range) const {
  const at::Tensor rows = source_->gather(subspan(rows_, range));
  return source_->is_drawn() ? drawn(*source_, rows, *noise_->part(range.begin, range.count))
                             : rows;
}

void Batch::copy_rows(const IndexRange& range, float* out) const {
  if (!source_->is_drawn()) return source_->gather(subspan(rows_, range), out);
  at::from_blob(out, {range.count, width()}, at::kFloat).copy_(rows_of(range));
}

void Batch::copy_rows(const IndexRange& range, double* out) const {
  at::from_blob(out, {range.count, width()}, at::kDouble).copy_(rows_of(range));
}

void Batch::copy_features(const IndexRange& range, int64_t stride, float* out) const {
  if (!source_->is_drawn()) {
    return source_->gather_transposed(subspan(rows_, range), stride, out);
  }
  at::from_blob(out, {range.count, width()}, {1, stride}, at::kFloat).copy_(rows_of(range));
}

void Batch::copy_features(const IndexRange& range, int64_t stride, double* out) const {
  at::from_blob(out, {range.count, width()}, {1, stride}, at::kDouble).copy_(rows_of(range));
}

Batch Batch::part(const IndexRange& range, std::unique_ptr<Noise>& noise) const {
  noise = noise_->part(range.begin, range.count);
  const at::Tensor labels =
      labels_.defined() ? labels_.narrow(0, range.begin, range.count) : at::Tensor();
  return {*source_, subspan(rows_, range), *noise, labels, type_, targets_};
}

}  // namespace ae
