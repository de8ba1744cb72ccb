#include "evaluation/pca.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/linalg_qr.h>
#include <ATen/ops/nansum.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

namespace ae {
namespace {

constexpr int64_t kExactFeatures = 4096;
constexpr int64_t kOversampling = 16;
constexpr int kIterations = 8;

struct Mean {
  at::Tensor mean;  // [D]
  int64_t rows = 0;
};

/// Distance from the mean, 0 for a missing value. [n, D] float64
at::Tensor centred_rows(const at::Tensor& rows, const at::Tensor& mean) {
  return (rows.to(at::kDouble) - mean).nan_to_num_(0);
}

/// Missing values (NaN) are left out.
Mean mean_of(const RowChunks& chunks) {
  Mean out;
  at::Tensor counts;  // [D]
  const auto next = chunks();
  while (const auto rows = next()) {
    const at::Tensor sum = rows->to(at::kDouble).nansum(0);
    const at::Tensor count = rows->isnan().logical_not().sum(0);
    out.mean = out.mean.defined() ? out.mean + sum : sum;
    counts = counts.defined() ? counts + count : count;
    out.rows += rows->size(0);
  }
  out.mean = out.mean / counts;
  return out;
}

/// Scatter matrix (N times the covariance) times `right`; the scatter matrix itself if `right` is
/// undefined.
at::Tensor scatter_times(const RowChunks& chunks, const at::Tensor& mean, const at::Tensor& right) {
  at::Tensor sum;
  const auto next = chunks();
  while (const auto rows = next()) {
    const at::Tensor centred = centred_rows(*rows, mean);
    const at::Tensor product = centred.t().mm(right.defined() ? centred.mm(right) : centred);
    sum = sum.defined() ? sum.add_(product) : product;
  }
  return sum;
}

}  // namespace

at::Tensor Pca::squared_error(const at::Tensor& rows) const {
  const at::Tensor centred = rows.to(at::kDouble) - mean;
  return (centred - project(rows).mm(components.t())).square().nansum(1);
}

at::Tensor Pca::project(const at::Tensor& rows) const {
  return centred_rows(rows, mean).mm(components);
}

Pca fit_pca(const RowChunks& chunks, int64_t k) {
  const Mean mean = mean_of(chunks);
  const int64_t features = mean.mean.size(0);
  const int64_t kept = std::min({k, features, mean.rows});
  if (features <= kExactFeatures) {
    const auto [values, vectors] =
        at::linalg_eigh(scatter_times(chunks, mean.mean, {}), "L");  // ascending
    return {mean.mean, vectors.narrow(1, features - kept, kept).contiguous()};
  }
  // Orthogonal iteration from a random start; oversampling speeds up convergence.
  const int64_t width = std::min(kept + kOversampling, features);
  const at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(/*seed=*/uint64_t{1});
  at::Tensor basis = std::get<0>(
      at::linalg_qr(at::randn({features, width}, generator, at::TensorOptions(at::kDouble))));
  at::Tensor image;
  for (int i = 0; i < kIterations; ++i) {
    image = scatter_times(chunks, mean.mean, basis);
    if (i + 1 < kIterations) basis = std::get<0>(at::linalg_qr(image));
  }
  // Rayleigh–Ritz: eigenvectors within the subspace.
  const auto [values, vectors] = at::linalg_eigh(basis.t().mm(image), "L");
  return {mean.mean, basis.mm(vectors.narrow(1, width - kept, kept))};
}

}  // namespace ae
