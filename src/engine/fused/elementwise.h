#pragma once

#include "engine/fused/operation.h"
#include "engine/fusion.h"

namespace ae::fused {

/// A draw from a Gaussian posterior, and its divergence from the prior.
template <class T>
class ReparameterizedSample : public Operation {
 public:
  /// Buffers must outlive this.
  ReparameterizedSample(const Buffer<T>& mean, const Buffer<T>& log_variance, const Buffer<T>& draw,
                        int kl_index)
      : mean_(mean),
        log_variance_(log_variance),
        draw_(draw),
        noise_(draw.width(), {.with_gradients = false}),
        kl_index_(kl_index) {}

  void reserve(int64_t rows) override { noise_.reserve(rows); }
  void forward(const Shard& shard) const override;
  void backward(const Shard& shard) const override;

 private:
  const Buffer<T>& mean_;
  const Buffer<T>& log_variance_;
  const Buffer<T>& draw_;
  Buffer<T> noise_;
  int kl_index_;
};

/// What is asked of a certain code: a penalty on its magnitudes, and how much of it is active.
template <class T>
class CodePenalty : public Operation {
 public:
  /// @param sparsity_place, l0_place  below 0 where they are not asked for
  CodePenalty(const Buffer<T>& code, int sparsity_index, int l0_index)
      : code_(code), sparsity_index_(sparsity_index), l0_index_(l0_index) {}

  void forward(const Shard& shard) const override;
  void backward(const Shard& shard) const override;

 private:
  const Buffer<T>& code_;
  int sparsity_index_;
  int l0_index_;
};

/// The same values in another order: of images whose channels lie together, [places, channels], or
/// of those where they do not, [channels, places].
template <class T>
class ChannelTranspose : public Operation {
 public:
  /// @param input, output  of which one has channels that lie together
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
  int64_t lines_;  // of a row of the input
};

/// The input less the bias that the decoder adds last.
template <class T>
class SubtractBias : public Operation {
 public:
  /// @param bias  [width], a parameter's values
  SubtractBias(const T* bias, const Buffer<T>& input, const Buffer<T>& output)
      : bias_(bias), input_(input), output_(output) {}

  void forward(const Shard& shard) const override;
  /// The bias's own share is found with its gradient.
  void backward(const Shard& /*shard*/) const override {}

 private:
  const T* bias_;
  const Buffer<T>& input_;
  const Buffer<T>& output_;
};

/// How far the output is from the target. Its gradient is found with its value.
template <class T>
class ReconstructionLoss : public Operation {
 public:
  ReconstructionLoss(const FusedLoss& loss, const Buffer<T>& output, const Buffer<T>& target,
                     const LossTermIndices& places)
      : loss_(loss), output_(output), target_(target), indices_(places) {}

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
