#include "data/resident_rows.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

namespace ae {
namespace {

template <class T>
void scale_row(const T* in, int64_t width, float offset, float divisor, float* out) {
  for (int64_t i = 0; i < width; ++i) out[i] = (static_cast<float>(in[i]) - offset) / divisor;
}

template <class T>
void gather_on_cpu(const T* all, int64_t width, std::span<const int64_t> rows,
                   const Scaling& scaling, float* to) {
  for (const int64_t row : rows) {
    const T* from = all + row * width;
    if (scaling.is_identity()) {
      std::copy(from, from + width, to);
    } else {
      scale_row(from, width, static_cast<float>(scaling.offset),
                static_cast<float>(scaling.divisor), to);
    }
    to += width;
  }
}

template <class T>
void gather_features_on_cpu(const T* all, int64_t width, std::span<const int64_t> rows,
                            const Scaling& scaling, int64_t stride, float* to) {
  const auto offset = static_cast<float>(scaling.offset);
  const auto divisor = static_cast<float>(scaling.divisor);
  for (const int64_t row : rows) {
    const T* from = all + row * width;
    if (scaling.is_identity()) {
      for (int64_t i = 0; i < width; ++i) to[i * stride] = static_cast<float>(from[i]);
    } else {
      for (int64_t i = 0; i < width; ++i) {
        to[i * stride] = (static_cast<float>(from[i]) - offset) / divisor;
      }
    }
    ++to;
  }
}

}  // namespace

ResidentRows::ResidentRows(const Dataset& data, const Scaling& scaling, at::Device device)
    : rows_(data.rows.to(device)), scaling_(scaling), device_(device) {}

at::Tensor ResidentRows::gather(std::span<const int64_t> rows) const {
  if (device_.is_cpu()) {
    at::Tensor out = at::empty({static_cast<int64_t>(rows.size()), width()}, at::kFloat);
    gather(rows, out.mutable_data_ptr<float>());
    return out;
  }
  return gather(at::from_blob(const_cast<int64_t*>(rows.data()),
                              {static_cast<int64_t>(rows.size())}, at::kLong)
                    .to(device_));
}

at::Tensor ResidentRows::gather(const at::Tensor& rows) const {
  const at::Tensor gathered = rows_.index_select(0, rows).to(at::kFloat);
  if (scaling_.is_identity()) return gathered;
  return gathered.sub(scaling_.offset).div(scaling_.divisor);
}

void ResidentRows::gather(std::span<const int64_t> rows, float* out) const {
  if (rows_.scalar_type() == at::kByte) {
    gather_on_cpu(rows_.const_data_ptr<uint8_t>(), width(), rows, scaling_, out);
  } else {
    gather_on_cpu(rows_.const_data_ptr<float>(), width(), rows, scaling_, out);
  }
}

void ResidentRows::gather_by_feature(std::span<const int64_t> rows, int64_t stride,
                                     float* out) const {
  if (rows_.scalar_type() == at::kByte) {
    gather_features_on_cpu(rows_.const_data_ptr<uint8_t>(), width(), rows, scaling_, stride, out);
  } else {
    gather_features_on_cpu(rows_.const_data_ptr<float>(), width(), rows, scaling_, stride, out);
  }
}

at::Tensor scaled_rows(const void* rows, int64_t n, int64_t width, Element element,
                       const Scaling& scaling) {
  at::Tensor out = at::empty({n, width}, at::kFloat);
  auto* to = out.mutable_data_ptr<float>();
  const auto offset = static_cast<float>(scaling.offset);
  const auto divisor = static_cast<float>(scaling.divisor);
  if (element == Element::uint8) {
    scale_row(static_cast<const uint8_t*>(rows), n * width, offset, divisor, to);
  } else {
    scale_row(static_cast<const float*>(rows), n * width, offset, divisor, to);
  }
  return out;
}

}  // namespace ae
