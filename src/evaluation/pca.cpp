#include "evaluation/pca.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/dot.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/nansum.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <utility>

namespace ae {
namespace {

constexpr int64_t kOversampling = 16;
constexpr double kRoundingError = 1e-13;  // relative eigenvalue that means nothing
constexpr int kIterations = 8;
constexpr double kConverged = 1e-10;  // relative gain of variance by an iteration

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
    const at::Tensor times = right.defined() ? centred.mm(right) : centred;
    // In place: of wide rows, the sum is what takes memory.
    sum.defined() ? sum.addmm_(centred.t(), times) : sum = centred.t().mm(times);
  }
  return sum;
}

/// Eigenvectors of a scatter matrix, of ascending eigenvalues. Features without variance, such as
/// dead latents, are set apart: LAPACK may not converge for a matrix that is mostly zeros.
at::Tensor eigenvectors(const at::Tensor& scatter) {
  const at::Tensor varies = scatter.diagonal().gt(0);
  const at::Tensor active = varies.nonzero().flatten();
  const at::Tensor constant = varies.logical_not().nonzero().flatten();
  const int64_t zeros = constant.size(0);
  if (zeros == 0) return std::get<1>(at::linalg_eigh(scatter, "L"));
  at::Tensor vectors = at::zeros_like(scatter);
  vectors.index_put_({constant, at::arange(zeros)}, at::ones({zeros}, scatter.options()));
  if (active.size(0) == 0) return vectors;
  const at::Tensor inner =
      std::get<1>(at::linalg_eigh(scatter.index_select(0, active).index_select(1, active), "L"));
  vectors.narrow(1, zeros, active.size(0)).index_copy_(0, active, inner);
  return vectors;
}

/// Orthonormal basis of the columns' span, in the memory of two copies; QR takes five. Directions
/// that rounding errors dominate are left out. [D, K] → [D, K'], K' ≤ K
/// Source: Stathopoulos & Wu 2002, A block orthogonalization procedure (SVQB)
at::Tensor orthonormal(at::Tensor columns) {
  for (int pass = 0; pass < 2; ++pass) {
    const auto [values, vectors] = at::linalg_eigh(columns.t().mm(columns), "L");
    const at::Tensor kept = values.gt(kRoundingError * values[-1]).nonzero().flatten();
    columns = columns.mm(vectors.index_select(1, kept) * values.index_select(0, kept).rsqrt());
  }
  return columns;
}

/// PCA of few, wide rows by the inner products of all pairs, which is exact.
Pca fit_by_products(const RowChunks& chunks, const Mean& mean, int64_t kept) {
  const int64_t features = mean.mean.size(0);
  at::Tensor centred = at::empty({mean.rows, features}, at::kFloat);
  const auto next = chunks();
  int64_t done = 0;
  while (const auto rows = next()) {
    centred.narrow(0, done, rows->size(0)).copy_(centred_rows(*rows, mean.mean));
    done += rows->size(0);
  }
  constexpr int64_t kFeaturesAtOnce = 1 << 14;
  at::Tensor products = at::zeros({mean.rows, mean.rows}, at::kDouble);
  for (const at::Tensor& some : centred.split(kFeaturesAtOnce, 1)) {
    const at::Tensor wide = some.to(at::kDouble);
    products.addmm_(wide, wide.t());
  }
  const auto [values, vectors] = at::linalg_eigh(products, "L");
  const int64_t first = std::max<int64_t>(
      mean.rows - kept, values.le(kRoundingError * values[-1]).sum().item<int64_t>());
  const at::Tensor directions = vectors.slice(1, first) * values.slice(0, first).rsqrt();
  at::Tensor components = at::empty({features, mean.rows - first}, at::kDouble);
  for (int64_t begin = 0; begin < features; begin += kFeaturesAtOnce) {
    const int64_t some = std::min(kFeaturesAtOnce, features - begin);
    components.narrow(0, begin, some)
        .copy_(centred.narrow(1, begin, some).t().to(at::kDouble).mm(directions));
  }
  return {mean.mean, components};
}

/// Variance within the subspace of a basis, of which `image` is the scatter matrix's product.
double captured_variance(const at::Tensor& basis, const at::Tensor& image) {
  return at::dot(basis.flatten(), image.flatten()).item<double>();  // without a third matrix
}

}  // namespace

at::Tensor Pca::squared_error(const at::Tensor& rows) const {
  const at::Tensor centred = rows.to(at::kDouble) - mean;
  return (centred - project(rows).mm(components.t())).square().nansum(1);
}

at::Tensor Pca::project(const at::Tensor& rows) const {
  return centred_rows(rows, mean).mm(components);
}

Pca fit_pca(const RowChunks& chunks, int64_t k, const PcaOptions& options) {
  const Mean mean = mean_of(chunks);
  const int64_t features = mean.mean.size(0);
  const int64_t kept = std::min({k, features, mean.rows});
  if (features <= options.features) {
    const at::Tensor vectors = eigenvectors(scatter_times(chunks, mean.mean, {}));  // ascending
    return {mean.mean, vectors.narrow(1, features - kept, kept).contiguous()};
  }
  if (mean.rows * features <= options.held_values) return fit_by_products(chunks, mean, kept);
  // Orthogonal iteration from a random start; oversampling speeds up convergence.
  const int64_t width = std::min(kept + kOversampling, features);
  const at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(/*seed=*/uint64_t{1});
  at::Tensor basis =
      orthonormal(at::randn({features, width}, generator, at::TensorOptions(at::kDouble)));
  at::Tensor image = scatter_times(chunks, mean.mean, basis);
  double before = captured_variance(basis, image);
  for (int i = 1; i < kIterations; ++i) {
    basis.reset();
    basis = orthonormal(std::move(image));
    image = scatter_times(chunks, mean.mean, basis);
    const double now = captured_variance(basis, image);
    if (now - before <= kConverged * now) break;
    before = now;
  }
  // Rayleigh–Ritz: eigenvectors within the subspace.
  const auto [values, vectors] = at::linalg_eigh(basis.t().mm(image), "L");
  image.reset();
  const int64_t found = std::min(kept, vectors.size(1));
  return {mean.mean, basis.mm(vectors.narrow(1, vectors.size(1) - found, found))};
}

}  // namespace ae
