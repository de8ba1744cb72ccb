#pragma once

#include "core/aligned_vector.h"
#include "engine/flat_parameters.h"
#include "engine/fused/primitive.h"
#include "engine/fusion.h"
#include "kernels/im2col.h"

namespace ae::fused {

/// output = activation(conv2d(input) + bias), or conv_transpose2d, of channels-last images.
///
/// The kernel slides over one side, the wide one; each of its positions is a pixel of the other,
/// the narrow one. A convolution is im2col() and a gemm with the weights, a transposed one a gemm
/// and col2im(); each is the backward pass of the other. Both process a few images at a time, so
/// that their patches stay in a core's cache, where each thread also computes the weight gradient
/// of its rows.
template <class T>
class Convolution : public WeightedPrimitive<T> {
 public:
  /// Buffers and parameters must outlive this; the weights must be the parameters'.
  /// @param threads  number of threads that call it
  Convolution(const FusedConvolution& layer, const FlatParameters& parameters,
              const Buffer<T>& input, Buffer<T>& output, int threads);

  RowTiling row_tiling() const override { return RowTiling::tile; }
  void keep_shards(int threads, int64_t rows) override { output_.keep_shards(threads, rows); }
  void forward(const Shard& shard) const override;
  void backward(const Shard& shard) const override;
  std::vector<WeightRange> weight_ranges() const override;
  void weight_gradient(const WeightRange& range, int64_t rows, bool accumulate,
                       T* out) const override;

 private:
  /// Memory of one thread.
  struct Workspace {
    AlignedVector<T> weight;      // [narrow channels, kernel height, kernel width, wide channels]
    AlignedVector<T> transposed;  // [kernel height, kernel width, wide channels, narrow channels]
    AlignedVector<T> weight_gradient;  // laid out like weight, of the thread's rows
    AlignedVector<T> bias_gradient;    // [outputs], of the thread's rows
    AlignedVector<T> columns;          // im2col() of a tile of images
    AlignedVector<T> bias_sums;        // [outputs], of a tile of images
  };

  /// Calls each(parameter index, workspace index) for `count` rows of the weight; the parameter
  /// index is relative to row `first`.
  template <class Each>
  void each_weight(int64_t first, int64_t count, const Each& each) const;
  /// Calls each(input's first row, output's first row, rows) for each tile of a shard.
  template <class Each>
  void for_each_tile(const Shard& shard, const Each& each) const;
  /// Backward pass of the activation, in place; accumulates the bias gradient.
  void activation_backward_tiles(Workspace& workspace, const T* values, T* gradients,
                                 int64_t count) const;

  PointwiseActivation activation_;
  FlatParameters::Slice weight_;
  FlatParameters::Slice bias_;
  const T* values_;  // of the flat parameters
  const Buffer<T>& input_;
  Buffer<T>& output_;
  bool is_forward_;  // the input is the wide side
  bool is_swapped_;  // narrow and wide side are swapped with respect to the weight's layout
  ConvGeometry geometry_;
  int64_t narrow_channels_;
  mutable std::vector<Workspace> workspaces_;  // [threads]
};

}  // namespace ae::fused
