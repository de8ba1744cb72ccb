#include "data/resident_rows.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>

#include "core/target_clones.h"

namespace ae {
namespace {

template <class T>
AE_ALWAYS_INLINE void scaled_values(const T* in, int64_t n, float offset, float divisor,
                                    float* out) {
  for (int64_t i = 0; i < n; ++i) out[i] = (static_cast<float>(in[i]) - offset) / divisor;
}

AE_DEFINE_CLONED(void, scale, scaled_values,
                 (const uint8_t* in, int64_t n, float offset, float divisor, float* out),
                 (in, n, offset, divisor, out))
AE_DEFINE_CLONED(void, scale, scaled_values,
                 (const float* in, int64_t n, float offset, float divisor, float* out),
                 (in, n, offset, divisor, out))

/// Prefetches a row, since the rows of a batch are scattered in memory.
template <class T>
void prefetch_row(const T* row, int64_t width) {
  constexpr int64_t kLine = 64 / static_cast<int64_t>(sizeof(T));
  constexpr int64_t kMax = 64 * kLine;  // the hardware prefetcher continues
  for (int64_t i = 0; i < std::min(width, kMax); i += kLine) __builtin_prefetch(row + i);
}

template <class T>
void gather_on_cpu(const T* all, int64_t width, std::span<const int64_t> rows,
                   const Scaling& scaling, float* to) {
  constexpr size_t kAhead = 2;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i + kAhead < rows.size()) prefetch_row(all + rows[i + kAhead] * width, width);
    const T* from = all + rows[i] * width;
    if (scaling.is_identity()) {
      std::copy(from, from + width, to);
    } else {
      scale(from, width, static_cast<float>(scaling.offset), static_cast<float>(scaling.divisor),
            to);
    }
    to += width;
  }
}

/// Transposes kFeatures features of the rows: out [kFeatures, stride].
template <int64_t kFeatures, class T>
void transpose_features(const T* all, int64_t width, std::span<const int64_t> rows, int64_t stride,
                        float* to) {
  for (size_t i = 0; i < rows.size(); ++i) {
    const T* from = all + rows[i] * width;
    for (int64_t j = 0; j < kFeatures; ++j) to[j * stride + static_cast<int64_t>(i)] = from[j];
  }
}

template <class T>
void gather_features_on_cpu(const T* all, int64_t width, std::span<const int64_t> rows,
                            const Scaling& scaling, int64_t stride, float* to) {
  // Inner loops of constant length, as rows used this way have few features.
  constexpr int64_t kTogether = 4;
  int64_t feature = 0;
  for (; feature + kTogether <= width; feature += kTogether) {
    transpose_features<kTogether>(all + feature, width, rows, stride, to + feature * stride);
  }
  const T* rest = all + feature;
  float* to_rest = to + feature * stride;
  if (width - feature == 3) transpose_features<3>(rest, width, rows, stride, to_rest);
  if (width - feature == 2) transpose_features<2>(rest, width, rows, stride, to_rest);
  if (width - feature == 1) transpose_features<1>(rest, width, rows, stride, to_rest);
  if (scaling.is_identity()) return;
  for (int64_t i = 0; i < width; ++i, to += stride) {
    scale(to, static_cast<int64_t>(rows.size()), static_cast<float>(scaling.offset),
          static_cast<float>(scaling.divisor), to);
  }
}

}  // namespace

ResidentRows::ResidentRows(const Dataset& data, const Scaling& scaling, at::Device device)
    : rows_(data.rows.to(device)),
      data_(rows_.const_data_ptr()),
      are_bytes_(rows_.scalar_type() == at::kByte),
      drawn_(data.drawn),
      scaling_(scaling),
      device_(device) {}

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
  if (are_bytes_) {
    gather_on_cpu(static_cast<const uint8_t*>(data_), width(), rows, scaling_, out);
  } else {
    gather_on_cpu(static_cast<const float*>(data_), width(), rows, scaling_, out);
  }
}

void ResidentRows::gather_transposed(std::span<const int64_t> rows, int64_t stride,
                                     float* out) const {
  if (are_bytes_) {
    gather_features_on_cpu(static_cast<const uint8_t*>(data_), width(), rows, scaling_, stride,
                           out);
  } else {
    gather_features_on_cpu(static_cast<const float*>(data_), width(), rows, scaling_, stride, out);
  }
}

void scale_values(const void* values, int64_t n, DType element, const Scaling& scaling,
                  float* out) {
  const auto offset = static_cast<float>(scaling.offset);
  const auto divisor = static_cast<float>(scaling.divisor);
  if (element == DType::uint8) {
    scale(static_cast<const uint8_t*>(values), n, offset, divisor, out);
  } else {
    scale(static_cast<const float*>(values), n, offset, divisor, out);
  }
}

ResidentPair resident_pair(const Dataset& data, const Preprocessing& preprocessing,
                           at::Device device) {
  ResidentPair pair{std::make_shared<const ResidentRows>(data, preprocessing.scaling, device), {}};
  if (data.target) {
    pair.targets =
        std::make_shared<const ResidentRows>(*data.target, preprocessing.output().scaling, device);
  }
  return pair;
}

}  // namespace ae
