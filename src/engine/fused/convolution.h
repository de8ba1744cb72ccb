#pragma once

#include "core/aligned_vector.h"
#include "engine/flat_parameters.h"
#include "engine/fused/operation.h"
#include "engine/fusion.h"
#include "kernels/im2col.h"

namespace ae::fused {

/// output = activation(convolution of the input + bias), forwards or transposed, of images whose
/// channels lie together.
///
/// A window moves over one side, the wide one; each of its places is a position of the other, the
/// narrow one. A convolution is then one product of what the windows see with the weights, and a
/// transposed one a product whose result the windows add up: each is the other's way back. Both go
/// a few images at a time, so that what the windows see stays in a core's cache, and the weights'
/// gradients are found from it where it is, by each thread from its own rows.
template <class T>
class Convolution : public WeightedOperation<T> {
 public:
  /// Buffers and parameters must outlive this; the weights must be the parameters'.
  /// @param members  threads that will call it
  Convolution(const FusedConvolution& layer, const FlatParameters& parameters,
              const Buffer<T>& input, Buffer<T>& output, int threads);

  RowTiling row_tiling() const override { return RowTiling::few; }
  void keep_shards(int threads, int64_t rows) override { output_.keep_shards(threads, rows); }
  void forward(const Shard& shard) const override;
  void backward(const Shard& shard) const override;
  std::vector<WeightRange> weight_ranges() const override;
  void weight_gradient(const WeightRange& range, int64_t rows, bool accumulate,
                       T* out) const override;

 private:
  /// What a thread has for itself.
  struct Scratch {
    AlignedVector<T> weight;      // [narrow channels, kernel height, kernel width, wide channels]
    AlignedVector<T> transposed;  // the same with the narrow channels last
    AlignedVector<T> weight_gradient;  // like weight, by the thread's rows
    AlignedVector<T> bias_gradient;    // [outputs], by the thread's rows
    AlignedVector<T> columns;          // what the windows see of a few images
    AlignedVector<T> bias_sums;        // [outputs], of a few images
  };

  /// Calls each(place in memory, place in a scratch) for some rows of the weight, counted from the
  /// first of them.
  template <class Each>
  void each_weight(int64_t first, int64_t count, const Each& each) const;
  /// Calls each(input's first row, output's first row, rows) for a shard, a few rows at a time.
  template <class Each>
  void for_each_tile(const Shard& shard, const Each& each) const;
  /// Takes some gradients back through the activation, and adds up what they say of the biases.
  void activation_backward_tiles(Scratch& own, const T* values, T* gradients, int64_t count) const;

  PointwiseActivation activation_;
  FlatParameters::Slice weight_;
  FlatParameters::Slice bias_;
  const T* values_;  // of the flat parameters
  const Buffer<T>& input_;
  Buffer<T>& output_;
  bool is_forward_;  // the input is the wide side
  bool turned_;      // narrow and wide are the other way round than in the weight's memory
  ConvGeometry geometry_;
  int64_t narrow_channels_;
  mutable std::vector<Scratch> scratch_;  // of each thread
};

}  // namespace ae::fused
