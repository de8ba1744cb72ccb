#include "engine/dead_latent_tracker.h"

#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

namespace ae {

namespace {

/// Mask of the latents that are nonzero on any row. [Z] bool
at::Tensor active_in(const Posterior& posterior, int64_t latent_dim) {
  if (!posterior.sparse) return posterior.mean.ne(0).any(0);
  const at::Tensor values = posterior.sparse->values.reshape(-1);
  return at::zeros({latent_dim}, values.options())
      .index_add_(0, posterior.sparse->indices.reshape(-1), values.ne(0).to(values.scalar_type()))
      .ne(0);
}

}  // namespace

DeadLatentTracker::DeadLatentTracker(int64_t latent_dim, at::Device device)
    : rows_since_active_(
          at::zeros({latent_dim}, at::TensorOptions().dtype(at::kLong).device(device))) {}

void DeadLatentTracker::add(std::span<const Posterior> posteriors) {
  const c10::NoGradGuard no_grad;
  at::Tensor active;  // [Z] bool
  for (const Posterior& posterior : posteriors) {
    rows_since_active_.add_(posterior.rows());
    const at::Tensor part = active_in(posterior, rows_since_active_.size(0));
    active = active.defined() ? active.logical_or_(part) : part;
  }
  rows_since_active_.mul_(active.logical_not_());
}

void DeadLatentTracker::add(int64_t rows, std::span<const uint8_t> active) {
  auto* counts = rows_since_active_.mutable_data_ptr<int64_t>();
  for (size_t i = 0; i < active.size(); ++i) counts[i] = active[i] != 0 ? 0 : counts[i] + rows;
}

}  // namespace ae
