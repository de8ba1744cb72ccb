#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "models/latent.h"

namespace ae {

/// Number of training rows since each latent was last active (nonzero).
class DeadLatentTracker {
 public:
  DeadLatentTracker(int64_t latent_dim, at::Device device);

  /// Counts the rows of a batch.
  void add(const Posterior& posterior) { add(std::span(&posterior, 1)); }
  /// Counts the rows of a batch that is split into several parts.
  void add(std::span<const Posterior> posteriors);
  /// @param active  [Z] 1 if the latent was active on any of the rows, else 0
  void add(int64_t rows, std::span<const uint8_t> active);
  /// Mask of the latents that have been inactive for at least `rows` rows. [Z] bool
  at::Tensor dead(int64_t rows) const { return rows_since_active_.ge(rows); }
  /// Resets the counts of some latents. @param latents [n] int64
  void reset(const at::Tensor& latents) { rows_since_active_.index_fill_(0, latents, 0); }
  /// The counts, for checkpoints. [Z] int64
  const at::Tensor& rows_since_active() const { return rows_since_active_; }
  void restore(const at::Tensor& rows_since_active) { rows_since_active_.copy_(rows_since_active); }

 private:
  at::Tensor rows_since_active_;
};

}  // namespace ae
