#include "engine/latent_usage.h"

#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

namespace ae {

LatentUsage::LatentUsage(int64_t latent_dim, at::Device device)
    : rows_since_active_(
          at::zeros({latent_dim}, at::TensorOptions().dtype(at::kLong).device(device))) {}

void LatentUsage::add(const Posterior& posterior) {
  const c10::NoGradGuard no_grad;
  rows_since_active_.add_(posterior.rows());
  at::Tensor inactive;  // [Z] bool
  if (posterior.sparse) {
    const at::Tensor values = posterior.sparse->values.reshape(-1);
    const at::Tensor uses = at::zeros({rows_since_active_.size(0)}, values.options())
                                .index_add_(0, posterior.sparse->indices.reshape(-1),
                                            values.ne(0).to(values.scalar_type()));
    inactive = uses.eq(0);
  } else {
    inactive = posterior.mean.ne(0).any(0).logical_not_();
  }
  rows_since_active_.mul_(inactive);
}

void LatentUsage::add(int64_t rows, std::span<const uint8_t> active) {
  auto* counts = rows_since_active_.mutable_data_ptr<int64_t>();
  for (size_t i = 0; i < active.size(); ++i) counts[i] = active[i] != 0 ? 0 : counts[i] + rows;
}

}  // namespace ae
