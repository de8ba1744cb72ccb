#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "models/latent.h"

namespace ae {

/// For how many rows of training each latent has been inactive: its value 0.
class DeadLatentTracker {
 public:
  DeadLatentTracker(int64_t latent_dim, at::Device device);

  /// Counts the rows of a batch.
  void add(const Posterior& posterior) { add(std::span(&posterior, 1)); }
  /// Counts the rows of a batch that is in several parts.
  void add(std::span<const Posterior> posteriors);
  /// The same.
  /// @param active  [Z] 1 where a latent was active on one of the rows, else 0
  void add(int64_t rows, std::span<const uint8_t> active);
  /// Latents that have been inactive for this many rows or more. [Z] bool
  at::Tensor dead(int64_t rows) const { return rows_since_active_.ge(rows); }
  /// Counts these latents as just active. [n] int64
  void forget(const at::Tensor& latents) { rows_since_active_.index_fill_(0, latents, 0); }
  /// The counts, to save and to take up again. [Z] int64
  const at::Tensor& rows_since_active() const { return rows_since_active_; }
  void restore(const at::Tensor& rows_since_active) { rows_since_active_.copy_(rows_since_active); }

 private:
  at::Tensor rows_since_active_;
};

}  // namespace ae
