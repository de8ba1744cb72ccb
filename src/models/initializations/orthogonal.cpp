#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linalg_qr.h>

#include <algorithm>

#include "models/initialization.h"

namespace ae::initializations {
namespace {

/// Source: Saxe et al. 2013 (arXiv:1312.6120).
class Orthogonal : public Initialization {
 public:
  void fill(const at::Tensor& weight, const at::Tensor& bias,
            const at::Generator& generator) const override {
    const int64_t rows = weight.size(0);
    const int64_t columns = weight.numel() / rows;
    at::Tensor gaussian =
        at::empty({std::max(rows, columns), std::min(rows, columns)}, at::kDouble);
    gaussian.normal_(0, 1, generator);
    auto [q, r] = at::linalg_qr(gaussian);
    // The signs of R's diagonal make Q uniform over orthogonal matrices.
    q = q * r.diagonal().sign();
    weight.copy_((rows < columns ? q.t() : q).view(weight.sizes()));
    bias.zero_();
  }
};

}  // namespace

PartEntry<Initialization> orthogonal() {
  return {"orthogonal",
          "weights with orthonormal rows or columns, biases 0; preserves norms in linear layers",
          make_part<Initialization, Orthogonal>};
}

}  // namespace ae::initializations
