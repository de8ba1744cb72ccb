#include "evaluation/frechet.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/linalg_eigvalsh.h>

#include <algorithm>
#include <tuple>

namespace ae {

double frechet_distance(const CodeMoments& a, const CodeMoments& b) {
  // The eigenvalues of Σ1 Σ2 are those of Σ1^½ Σ2 Σ1^½, which is symmetric.
  const auto [values, vectors] = at::linalg_eigh(a.covariance, "L");
  const at::Tensor root = (vectors * values.clamp_min(0).sqrt()).mm(vectors.t());
  const at::Tensor product = root.mm(b.covariance).mm(root);
  const at::Tensor common = at::linalg_eigvalsh(product, "L").clamp_min(0).sqrt().sum();
  const at::Tensor traces = a.covariance.diagonal().sum() + b.covariance.diagonal().sum();
  const at::Tensor means = (a.mean - b.mean).square().sum();
  return std::max(0., (means + traces - 2 * common).item<double>());
}

}  // namespace ae
