#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <cstdint>
#include <vector>

#include "engine/flat_parameters.h"
#include "engine/index_range.h"
#include "models/noise.h"
#include "models/objective.h"

namespace ae::fused {

/// Rows of a batch that one thread processes at a time.
struct Shard {
  int rank;    ///< number of the share of the batch
  bool first;  ///< the thread's first rows of the batch: operations initialise accumulators here
  IndexRange rows;
  const Noise& noise;  ///< noise of these rows
  const LossWeights& weights;
  double scale;     ///< factor of the summed loss
  double* terms;    ///< accumulators of the loss terms, by LossTermIndices
  uint8_t* active;  ///< [Z] set to 1 for active latents; null if they are not counted
};

/// Memory layout of a buffer.
struct BufferOptions {
  /// Channels of channels-last images, [height, width, channels]; 1 for the layout of the data and
  /// of layer features, which is channels-first, [channels, height, width].
  int64_t channels = 1;
  bool with_gradients = true;
};

/// Activations of a batch and their gradients, [rows, width] each; or, after keep_shards(), of each
/// thread's current shard alone.
template <class T>
class Buffer {
 public:
  Buffer(int64_t width, const BufferOptions& options) : width_(width), options_(options) {}

  /// Limits the buffer to the current shard of each thread, of at most `rows` rows.
  void keep_shards(int threads, int64_t rows) {
    threads_ = threads;
    kept_rows_ = rows;
  }
  /// Allocates memory for a batch; discards the contents.
  void reserve(int64_t rows) {
    if (threads_ > 0) rows = threads_ * kept_rows_;
    const auto type = c10::CppTypeToScalarType<T>::value;
    values_ = at::empty({rows, width_}, type);
    if (has_gradients()) gradients_ = at::empty({rows, width_}, type);
  }
  int64_t width() const { return width_; }
  int64_t channels() const { return options_.channels; }
  bool has_gradients() const { return options_.with_gradients; }
  /// First row of a shard in this buffer.
  int64_t first_row(const Shard& shard) const {
    return threads_ > 0 ? shard.rank * kept_rows_ : shard.rows.begin;
  }
  T* values(int64_t row = 0) const { return values_.template mutable_data_ptr<T>() + row * width_; }
  T* gradients(int64_t row = 0) const {
    return gradients_.template mutable_data_ptr<T>() + row * width_;
  }
  /// View of the values of some rows. [count, width]
  at::Tensor tensor(const IndexRange& rows) const {
    return values_.narrow(0, rows.begin, rows.count);
  }

 private:
  int64_t width_;
  BufferOptions options_;
  int threads_ = 0;  // 0 if all rows are kept
  int64_t kept_rows_ = 0;
  at::Tensor values_;
  at::Tensor gradients_;
};

/// Index of each sum in the list of terms; -1 if absent.
struct LossTermIndices {
  int loss = 0;
  int reconstruction = 1;
  int auxiliary = -1;
  int kl = -1;
  int sparsity = -1;
  int squared_error = -1;
  int l0 = -1;
};

/// Number of rows that an operation prefers at a time.
enum class RowTiling {
  all,   ///< all rows of the thread: each call reads all weights
  tile,  ///< a tile that stays in a core's cache from one operation to the next
  any,   ///< the tiling of its neighbours
};

/// An operation of a model's forward and backward pass over a shard.
class Primitive {
 public:
  virtual ~Primitive() = default;
  virtual RowTiling row_tiling() const { return RowTiling::all; }
  /// Limits the output buffer to the current shard of each thread, of at most `rows` rows.
  virtual void keep_shards(int /*threads*/, int64_t /*rows*/) {}
  /// Allocates memory for a batch of `rows` rows.
  virtual void reserve(int64_t /*rows*/) {}
  virtual void forward(const Shard& shard) const = 0;
  /// Computes the input gradient from the output gradient.
  virtual void backward(const Shard& shard) const = 0;
  /// Called by one thread after the backward pass of all shards, before weight_gradient().
  virtual void prepare_weight_gradients(int64_t /*rows*/) const {}
};

/// A range of an operation's weights whose gradient and update one thread computes at a time.
struct WeightRange {
  IndexRange range;  ///< of the flat parameters
  bool is_bias;
  int64_t first;  ///< first row of the weight in memory, or first value of the bias
  int64_t count;  ///< rows or values
};

/// Splits a weight of `lines` contiguous lines of `length` values, and its bias, into ranges whose
/// values, gradient and optimiser state fit a core's cache.
std::vector<WeightRange> partition_weight(const FlatParameters::Slice& weight, int64_t lines,
                                          int64_t length, const FlatParameters::Slice& bias);

/// An operation with weights. Their gradient is computed after the backward pass of all shards,
/// from the whole batch at once, so that no gradients of threads need a reduction.
template <class T>
class WeightedPrimitive : public Primitive {
 public:
  /// Sets the buffer from which SubtractBias has subtracted this bias: its gradient contributes to
  /// the bias gradient.
  void set_centred_input(const Buffer<T>& centred) { centred_ = &centred; }

  /// Ranges of the weights that fit a core's cache.
  virtual std::vector<WeightRange> weight_ranges() const = 0;
  /// Computes a range of the weight's gradient from all rows of the batch.
  /// @param accumulate  add to `out`; otherwise it is not read
  virtual void weight_gradient(const WeightRange& range, int64_t rows, bool accumulate,
                               T* out) const = 0;

 protected:
  /// weight_gradient() of a bias that is added to each row of `output`.
  void compute_bias_gradient(const Buffer<T>& output, const WeightRange& range, int64_t rows,
                             bool accumulate, T* out) const;

 private:
  const Buffer<T>* centred_ = nullptr;
};

}  // namespace ae::fused
