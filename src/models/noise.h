#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "core/random.h"

namespace ae {

/// When rows are drawn for.
struct NoiseMoment {
  uint64_t seed = 0;
  uint32_t epoch = 0;
};

/// Random numbers for the rows of one batch.
class Noise {
 public:
  virtual ~Noise() = default;
  /// @param layer  tells apart draws for one purpose
  /// @return [B, width] standard normal
  virtual at::Tensor normal(Purpose purpose, int64_t width, uint32_t layer = 0) const = 0;
  /// The same of layer 0, into memory for [B, width] numbers.
  virtual void fill_normal(Purpose purpose, int64_t width, float* out) const;
  virtual void fill_normal(Purpose purpose, int64_t width, double* out) const;
  /// @return [B, width] uniform in [0, 1)
  virtual at::Tensor uniform(Purpose purpose, int64_t width, uint32_t layer = 0) const = 0;
  /// The noise of some of the rows: the same numbers, on the CPU. This must outlive it.
  virtual std::unique_ptr<Noise> part(int64_t first, int64_t count) const = 0;
  /// When it is drawn for, of noise that belongs to rows and so can be drawn elsewhere; else none.
  virtual std::optional<NoiseMoment> moment() const { return std::nullopt; }
};

/// The epoch under which all that is not training draws, so that it repeats.
inline constexpr uint32_t kEvaluationEpoch = 0xFFFFFFFF;

/// Noise that belongs to rows: each has a stream of its own, a function of (seed, purpose, epoch,
/// row), whatever batch the row is in. It is drawn on the CPU, for whatever device.
class RowNoise : public Noise {
 public:
  /// `rows` must outlive this.
  RowNoise(const NoiseMoment& moment, std::span<const int64_t> rows, at::Device device)
      : moment_(moment), rows_(rows), device_(device) {}

  at::Tensor normal(Purpose purpose, int64_t width, uint32_t layer = 0) const override;
  void fill_normal(Purpose purpose, int64_t width, float* out) const override;
  at::Tensor uniform(Purpose purpose, int64_t width, uint32_t layer = 0) const override;
  std::unique_ptr<Noise> part(int64_t first, int64_t count) const override {
    return std::make_unique<RowNoise>(
        moment_, rows_.subspan(static_cast<size_t>(first), static_cast<size_t>(count)), device_);
  }
  std::optional<NoiseMoment> moment() const override { return moment_; }

 private:
  StreamKey address(Purpose purpose, uint32_t layer, uint64_t item) const;
  template <class Fill>
  void fill_rows(Purpose purpose, uint32_t layer, int64_t width, float* out,
                 const Fill& fill) const;
  template <class Fill>
  at::Tensor by_row(Purpose purpose, uint32_t layer, int64_t width, const Fill& fill) const;

  NoiseMoment moment_;
  std::span<const int64_t> rows_;
  at::Device device_;
};

}  // namespace ae
