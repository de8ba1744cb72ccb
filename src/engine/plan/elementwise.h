#pragma once

#include "engine/plan/operation.h"
#include "models/lowering.h"

namespace ae::plan {

/// A draw from a Gaussian posterior, and its divergence from the prior.
template <class T>
class GaussianDraw : public Operation {
 public:
  /// Buffers must outlive this.
  GaussianDraw(const Buffer<T>& mean, const Buffer<T>& log_variance, const Buffer<T>& draw,
               int kl_place)
      : mean_(mean),
        log_variance_(log_variance),
        draw_(draw),
        noise_(draw.width(), {.with_gradients = false}),
        kl_place_(kl_place) {}

  void reserve(int64_t rows) override { noise_.reserve(rows); }
  void forward(const Shard& shard) const override;
  void backward(const Shard& shard) const override;

 private:
  const Buffer<T>& mean_;
  const Buffer<T>& log_variance_;
  const Buffer<T>& draw_;
  Buffer<T> noise_;
  int kl_place_;
};

/// What is asked of a certain code: a penalty on its magnitudes, and how much of it is active.
template <class T>
class CodeMeasure : public Operation {
 public:
  /// @param sparsity_place, l0_place  below 0 where they are not asked for
  CodeMeasure(const Buffer<T>& code, int sparsity_place, int l0_place)
      : code_(code), sparsity_place_(sparsity_place), l0_place_(l0_place) {}

  void forward(const Shard& shard) const override;
  void backward(const Shard& shard) const override;

 private:
  const Buffer<T>& code_;
  int sparsity_place_;
  int l0_place_;
};

/// The same values in another order: of images whose channels lie together, [places, channels], or
/// of those where they do not, [channels, places].
template <class T>
class Reorder : public Operation {
 public:
  /// @param input, output  of which one has channels that lie together
  Reorder(const Buffer<T>& input, Buffer<T>& output)
      : input_(input),
        output_(output),
        lines_(input.channels() > 1 ? input.width() / input.channels() : output.channels()) {}

  RowsAtOnce rows_at_once() const override { return RowsAtOnce::any; }
  void keep_shards(int members, int64_t rows) override { output_.keep_shards(members, rows); }
  void forward(const Shard& shard) const override;
  void backward(const Shard& shard) const override;

 private:
  const Buffer<T>& input_;
  Buffer<T>& output_;
  int64_t lines_;  // of a row of the input
};

/// The input less the bias that the decoder adds last.
template <class T>
class Centring : public Operation {
 public:
  /// @param bias  [width], a parameter's values
  Centring(const T* bias, const Buffer<T>& input, const Buffer<T>& output)
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
class Loss : public Operation {
 public:
  Loss(const LoweredLoss& loss, const Buffer<T>& output, const Buffer<T>& target,
       const TermPlaces& places)
      : loss_(loss), output_(output), target_(target), places_(places) {}

  RowsAtOnce rows_at_once() const override { return RowsAtOnce::any; }
  void forward(const Shard& shard) const override;
  void backward(const Shard& /*shard*/) const override {}

 private:
  LoweredLoss loss_;
  const Buffer<T>& output_;
  const Buffer<T>& target_;
  TermPlaces places_;
};

}  // namespace ae::plan
