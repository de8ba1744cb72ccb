#pragma once

#include "models/noise.h"

namespace ae::cuda {

/// Noise of RowNoise, up to rounding, generated on a GPU from row indices and an epoch in device
/// memory, so that a captured graph generates new numbers at each replay.
class NoiseOnGpu : public Noise {
 public:
  /// All must outlive this.
  /// @param rows   [B] int64
  /// @param epoch  [] int32
  NoiseOnGpu(uint64_t seed, const at::Tensor& rows, const at::Tensor& epoch)
      : seed_(seed), rows_(rows), epoch_(epoch) {}

  at::Tensor normal(Purpose purpose, int64_t width, uint32_t layer = 0) const override;
  at::Tensor uniform(Purpose purpose, int64_t width, uint32_t layer = 0) const override;
  /// @throws Error(internal) not supported
  std::unique_ptr<Noise> part(int64_t first, int64_t count) const override;

 private:
  template <class Kernel>
  at::Tensor generate(const Kernel& kernel, Purpose purpose, int64_t width, uint32_t layer) const;

  uint64_t seed_;
  const at::Tensor& rows_;
  const at::Tensor& epoch_;
};

}  // namespace ae::cuda
