#include "evaluation/median_filter.h"

#include <ATen/ops/empty_like.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/replication_pad2d.h>

#include <array>
#include <utility>

#include "evaluation/row_chunks.h"

namespace ae {
namespace {

constexpr int64_t kMedianValues = 1 << 16;  // at once: nine copies fit in the processor's caches

/// Exchanges that bring the median of nine to the middle. Source: Smith 1996, "Implementing median
/// filters in XC4000E FPGAs".
constexpr std::array<std::pair<size_t, size_t>, 19> kExchanges = {{{1, 2},
                                                                   {4, 5},
                                                                   {7, 8},
                                                                   {0, 1},
                                                                   {3, 4},
                                                                   {6, 7},
                                                                   {1, 2},
                                                                   {4, 5},
                                                                   {7, 8},
                                                                   {0, 3},
                                                                   {5, 8},
                                                                   {4, 7},
                                                                   {3, 6},
                                                                   {1, 4},
                                                                   {2, 5},
                                                                   {4, 7},
                                                                   {4, 2},
                                                                   {6, 4},
                                                                   {4, 2}}};

at::Tensor median_of_neighbours(const at::Tensor& images) {
  const at::Tensor padded = at::replication_pad2d(images, {1, 1, 1, 1});
  std::array<at::Tensor, 9> values;
  for (int64_t i = 0; i < 9; ++i) {
    values[static_cast<size_t>(i)] =
        padded.narrow(2, i / 3, images.size(2)).narrow(3, i % 3, images.size(3));
  }
  for (const auto& [low, high] : kExchanges) {
    at::Tensor least = at::minimum(values[low], values[high]);
    values[high] = at::maximum(values[low], values[high]);
    values[low] = std::move(least);
  }
  return values[4];
}

}  // namespace

at::Tensor median_filter(const at::Tensor& images) {
  at::Tensor out = at::empty_like(images, at::MemoryFormat::Contiguous);
  for_each_chunk(
      images.size(0), images[0].numel(), kMedianValues, [&](int64_t first, int64_t count) {
        out.narrow(0, first, count).copy_(median_of_neighbours(images.narrow(0, first, count)));
      });
  return out;
}

}  // namespace ae
