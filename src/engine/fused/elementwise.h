#pragma once

#include "engine/fused/primitive.h"
#include "engine/fusion.h"

namespace ae::fused {

/// A reparameterized sample of a Gaussian posterior, and its KL divergence from the prior.
template <class T>
class ReparameterizedSample : public Primitive {
 public:
  /// Buffers must outlive this.
  ReparameterizedSample(const Buffer<T>& mean, const Buffer<T>& log_variance,
                        const Buffer<T>& sample, int kl_index)
      : mean_(mean),
        log_variance_(log_variance),
        sample_(sample),
        noise_(sample.width(), {.with_gradients = false}),
        kl_index_(kl_index) {}

  void reserve(int64_t rows) override { noise_.reserve(rows); }
  void forward(const Shard& shard) const override;
  void backward(const Shard& shard) const override;

 private:
  const Buffer<T>& mean_;
  const Buffer<T>& log_variance_;
  const Buffer<T>& sample_;
  Buffer<T> noise_;
  int kl_index_;
};

/// L1 penalty and number of active latents of a deterministic code.
template <class T>
class CodePenalty : public Primitive {
 public:
  /// @param sparsity_index, l0_index  negative to skip the term
  CodePenalty(const Buffer<T>& code, int sparsity_index, int l0_index)
      : code_(code), sparsity_index_(sparsity_index), l0_index_(l0_index) {}

  void forward(const Shard& shard) const override;
  void backward(const Shard& shard) const override;

 private:
  const Buffer<T>& code_;
  int sparsity_index_;
  int l0_index_;
};

/// Transposes images from channels-last, [pixels, channels], to channels-first, [channels, pixels],
/// or back.
template <class T>
class ChannelTranspose : public Primitive {
 public:
  /// @param input, output  one of them is channels-last
  ChannelTranspose(const Buffer<T>& input, Buffer<T>& output)
      : input_(input),
        output_(output),
        lines_(input.channels() > 1 ? input.width() / input.channels() : output.channels()) {}

  RowTiling row_tiling() const override { return RowTiling::any; }
  void keep_shards(int threads, int64_t rows) override { output_.keep_shards(threads, rows); }
  void forward(const Shard& shard) const override;
  void backward(const Shard& shard) const override;

 private:
  const Buffer<T>& input_;
  Buffer<T>& output_;
  int64_t lines_;  // rows of the matrix that an image of the input is
};

/// Subtracts the bias of the decoder's last layer from the input.
template <class T>
class SubtractBias : public Primitive {
 public:
  /// @param bias  [width], a parameter's values
  SubtractBias(const T* bias, const Buffer<T>& input, const Buffer<T>& output)
      : bias_(bias), input_(input), output_(output) {}

  void forward(const Shard& shard) const override;
  /// WeightedPrimitive::set_centred_input() adds the contribution to the bias gradient.
  void backward(const Shard& /*shard*/) const override {}

 private:
  const T* bias_;
  const Buffer<T>& input_;
  const Buffer<T>& output_;
};

/// Reconstruction loss and its gradient, both computed by forward().
template <class T>
class ReconstructionLoss : public Primitive {
 public:
  ReconstructionLoss(const FusedLoss& loss, const Buffer<T>& output, const Buffer<T>& target,
                     const LossTermIndices& indices)
      : loss_(loss), output_(output), target_(target), indices_(indices) {}

  RowTiling row_tiling() const override { return RowTiling::any; }
  void forward(const Shard& shard) const override;
  void backward(const Shard& /*shard*/) const override {}

 private:
  FusedLoss loss_;
  const Buffer<T>& output_;
  const Buffer<T>& target_;
  LossTermIndices indices_;
};

}  // namespace ae::fused
