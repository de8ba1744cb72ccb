#include "data/columns.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <span>

#include "kernels/tensor_jobs.h"

namespace ae {
namespace {

constexpr int64_t kColumnsAtOnce = 8;        // one cache line of a row
constexpr int64_t kBlockValues = 64 * 1024;  // stay in the cache

/// Copies neighbouring columns without their gaps. @param values  of the first of them
void gather(const double* values, int64_t rows, int64_t stride,
            std::span<std::vector<double>> columns) {
  std::array<double*, kColumnsAtOnce> ends{};
  for (size_t i = 0; i < columns.size(); ++i) {
    columns[i].resize(static_cast<size_t>(rows));
    ends[i] = columns[i].data();
  }
  for (int64_t row = 0; row < rows; ++row, values += stride) {
    for (size_t i = 0; i < columns.size(); ++i) {
      *ends[i] = values[i];
      ends[i] += std::isnan(values[i]) ? 0 : 1;  // without a branch
    }
  }
  for (size_t i = 0; i < columns.size(); ++i) {
    columns[i].resize(static_cast<size_t>(ends[i] - columns[i].data()));
  }
}

}  // namespace

void for_each_column(const at::Tensor& rows,
                     const std::function<void(int64_t column, std::vector<double>& values)>& use) {
  const at::Tensor held = rows.contiguous();
  const auto* values = held.const_data_ptr<double>();
  const int64_t width = held.size(1);
  const int64_t groups = (width + kColumnsAtOnce - 1) / kColumnsAtOnce;
  run_tensor_jobs(static_cast<size_t>(groups), at::get_num_threads(), [&](size_t group) {
    std::array<std::vector<double>, kColumnsAtOnce> columns;
    const int64_t first = static_cast<int64_t>(group) * kColumnsAtOnce;
    const auto count = static_cast<size_t>(std::min(kColumnsAtOnce, width - first));
    gather(values + first, held.size(0), width, std::span(columns).first(count));
    for (size_t i = 0; i < count; ++i) use(first + static_cast<int64_t>(i), columns[i]);
  });
}

at::Tensor by_row_blocks(const at::Tensor& rows, int64_t width, at::ScalarType type,
                         const std::function<at::Tensor(const at::Tensor& rows)>& compute) {
  const int64_t count = rows.size(0);
  const int64_t block =
      std::max<int64_t>(1, kBlockValues / std::max({width, rows.size(1), int64_t{1}}));
  const at::Tensor out = at::empty({count, width}, type);
  auto* const to = static_cast<std::byte*>(out.mutable_data_ptr());
  const auto row_bytes = static_cast<size_t>(width) * out.element_size();
  const int64_t blocks = (count + block - 1) / block;
  run_tensor_jobs(static_cast<size_t>(blocks), at::get_num_threads(), [&](size_t i) {
    const int64_t first = static_cast<int64_t>(i) * block;
    const int64_t n = std::min(block, count - first);
    const at::Tensor made = compute(rows.narrow(0, first, n)).to(type).contiguous();
    std::memcpy(to + static_cast<size_t>(first) * row_bytes, made.const_data_ptr(),
                static_cast<size_t>(n) * row_bytes);
  });
  return out;
}

}  // namespace ae
