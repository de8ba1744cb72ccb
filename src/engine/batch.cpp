#include "engine/batch.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>

namespace ae {
namespace {

std::span<const int64_t> part_of(std::span<const int64_t> rows, const Share& share) {
  return rows.subspan(static_cast<size_t>(share.begin), static_cast<size_t>(share.count));
}

}  // namespace

const at::Tensor& Batch::target() const {
  if (!target_.defined()) target_ = source_->gather(rows_).to(type_);
  return target_;
}

void Batch::copy_rows(const Share& share, float* out) const {
  if (source_ != nullptr) return source_->gather(part_of(rows_, share), out);
  at::from_blob(out, {share.count, width()}, at::kFloat)
      .copy_(target_.narrow(0, share.begin, share.count));
}

void Batch::copy_rows(const Share& share, double* out) const {
  at::from_blob(out, {share.count, width()}, at::kDouble).copy_(rows(share));
}

void Batch::copy_features(const Share& share, int64_t stride, float* out) const {
  if (source_ != nullptr) return source_->gather_by_feature(part_of(rows_, share), stride, out);
  at::from_blob(out, {share.count, width()}, {1, stride}, at::kFloat).copy_(rows(share));
}

void Batch::copy_features(const Share& share, int64_t stride, double* out) const {
  at::from_blob(out, {share.count, width()}, {1, stride}, at::kDouble).copy_(rows(share));
}

at::Tensor Batch::rows(const Share& share) const {
  return source_ != nullptr ? source_->gather(part_of(rows_, share))
                            : target_.narrow(0, share.begin, share.count);
}

Batch Batch::part(const Share& share, std::unique_ptr<Noise>& noise) const {
  noise = noise_->part(share.begin, share.count);
  const at::Tensor labels =
      labels_.defined() ? labels_.narrow(0, share.begin, share.count) : at::Tensor();
  if (source_ != nullptr) return {*source_, part_of(rows_, share), *noise, labels, type_};
  return {target_.narrow(0, share.begin, share.count), *noise, labels};
}

}  // namespace ae
