#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "core/random.h"

namespace ae {

/// Seed and epoch of a random stream.
struct NoiseKey {
  uint64_t seed = 0;
  uint32_t epoch = 0;
};

/// Random numbers for the rows of a batch.
class Noise {
 public:
  virtual ~Noise() = default;
  /// @param layer  distinguishes several uses for one purpose
  /// @return [B, width] standard normal
  virtual at::Tensor normal(Purpose purpose, int64_t width, uint32_t layer = 0) const = 0;
  /// Writes normal() of layer 0 to `out`, [B, width] row-major.
  virtual void fill_normal(Purpose purpose, int64_t width, float* out) const;
  virtual void fill_normal(Purpose purpose, int64_t width, double* out) const;
  /// @return [B, width] uniform in [0, 1)
  virtual at::Tensor uniform(Purpose purpose, int64_t width, uint32_t layer = 0) const = 0;
  /// Noise of the rows [first, first + count): the same numbers, on the CPU. This must outlive it.
  virtual std::unique_ptr<Noise> part(int64_t first, int64_t count) const = 0;
  /// Key from which another generator can reproduce per-row noise; nullopt for other noise.
  virtual std::optional<NoiseKey> key() const { return std::nullopt; }
};

/// Epoch number of all noise outside training, which is therefore the same each time.
inline constexpr uint32_t kEvaluationEpoch = 0xFFFFFFFF;

/// Per-row noise: a function of (seed, purpose, epoch, row), independent of the batch.
/// Deterministic; generated on the CPU, then copied to `device`.
class RowNoise : public Noise {
 public:
  /// `rows` must outlive this.
  RowNoise(const NoiseKey& key, std::span<const int64_t> rows, at::Device device)
      : key_(key), rows_(rows), device_(device) {}

  at::Tensor normal(Purpose purpose, int64_t width, uint32_t layer = 0) const override;
  void fill_normal(Purpose purpose, int64_t width, float* out) const override;
  at::Tensor uniform(Purpose purpose, int64_t width, uint32_t layer = 0) const override;
  std::unique_ptr<Noise> part(int64_t first, int64_t count) const override {
    return std::make_unique<RowNoise>(
        key_, rows_.subspan(static_cast<size_t>(first), static_cast<size_t>(count)), device_);
  }
  std::optional<NoiseKey> key() const override { return key_; }

 private:
  StreamKey stream_key(Purpose purpose, uint32_t layer, uint64_t item) const;
  template <class Fill>
  void fill_rows(Purpose purpose, uint32_t layer, int64_t width, float* out,
                 const Fill& fill) const;
  template <class Fill>
  at::Tensor by_row(Purpose purpose, uint32_t layer, int64_t width, const Fill& fill) const;

  NoiseKey key_;
  std::span<const int64_t> rows_;
  at::Device device_;
};

}  // namespace ae
