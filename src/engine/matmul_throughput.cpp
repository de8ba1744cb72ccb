#include "engine/matmul_throughput.h"

#include <ATen/ops/mm.h>
#include <ATen/ops/randn.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "core/aligned_vector.h"
#include "core/clock.h"
#include "engine/device.h"
#include "kernels/gemm.h"

namespace ae {
namespace {

/// Minimum seconds of a call of work(), over repeated calls.
template <class Work>
double min_seconds(const Work& work) {
  constexpr double kMeasuringSeconds = 0.4;
  work();
  double minimum = 1e9;
  for (const double begin = monotonic_seconds(); monotonic_seconds() < begin + kMeasuringSeconds;) {
    const double start = monotonic_seconds();
    work();
    minimum = std::min(minimum, monotonic_seconds() - start);
  }
  return minimum;
}

template <class T>
double cpu_limit(ThreadTeam& team) {
  constexpr int64_t kSize = 768;
  constexpr auto kValues = static_cast<size_t>(kSize * kSize);
  const auto threads = static_cast<size_t>(team.size());
  const AlignedVector<T> a(kValues, T(0.5));
  std::vector<AlignedVector<T>> out(threads, AlignedVector<T>(kValues));
  const double seconds = min_seconds([&] {
    team.run([&](int rank) {
      gemm(kSize, kSize, kSize, {a.data(), kSize}, {a.data(), kSize}, /*accumulate=*/false,
           out[static_cast<size_t>(rank)].data(), kSize);
    });
  });
  return 2 * static_cast<double>(kValues) * kSize * static_cast<double>(threads) / seconds;
}

}  // namespace

double matmul_limit(at::Device device, at::ScalarType type, ThreadTeam& team) {
  const c10::NoGradGuard no_grad;
  if (device.is_cpu()) {
    return type == at::kDouble ? cpu_limit<double>(team) : cpu_limit<float>(team);
  }
  constexpr int64_t kSize = 4096;
  const at::Tensor a = at::randn({kSize, kSize}, at::dtype(type).device(device));
  const double seconds = min_seconds([&] {
    at::mm(a, a);
    synchronize(device);
  });
  return 2 * static_cast<double>(kSize * kSize) * kSize / seconds;
}

}  // namespace ae
