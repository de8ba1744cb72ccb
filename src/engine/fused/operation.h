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

/// Rows of a batch that one thread deals with at a time.
struct Shard {
  int rank;    ///< the thread's number
  bool first;  ///< of its rows of the batch: what an operation adds up begins here
  IndexRange rows;
  const Noise& noise;  ///< of these rows
  const LossWeights& weights;
  double scale;     ///< of the summed loss
  double* terms;    ///< to add to, by LossTermIndices
  uint8_t* active;  ///< [Z] set to 1 where a latent is active; null where none are counted
};

/// What a buffer holds beside the values of a row.
struct BufferOptions {
  /// Of images whose channels lie together, [height, width, channels]; 1 where the values lie in
  /// the order of the data and of the layers' features, [channels, height, width].
  int64_t channels = 1;
  bool with_gradients = true;
};

/// Values of a batch's rows, and the loss's gradient by them: [rows, width] each; or of those alone
/// that the threads are at.
template <class T>
class Buffer {
 public:
  Buffer(int64_t width, const BufferOptions& options) : width_(width), options_(options) {}

  /// Lets it keep no rows but those of each thread's shard, `rows` at most.
  void keep_shards(int threads, int64_t rows) {
    threads_ = threads;
    kept_rows_ = rows;
  }
  /// Makes room for a batch; what was there is lost.
  void reserve(int64_t rows) {
    if (threads_ > 0) rows = threads_ * kept_rows_;
    const auto type = c10::CppTypeToScalarType<T>::value;
    values_ = at::empty({rows, width_}, type);
    if (has_gradients()) gradients_ = at::empty({rows, width_}, type);
  }
  int64_t width() const { return width_; }
  int64_t channels() const { return options_.channels; }
  bool has_gradients() const { return options_.with_gradients; }
  /// Where a shard's rows begin.
  int64_t first_row(const Shard& shard) const {
    return threads_ > 0 ? shard.rank * kept_rows_ : shard.rows.begin;
  }
  T* values(int64_t row = 0) const { return values_.template mutable_data_ptr<T>() + row * width_; }
  T* gradients(int64_t row = 0) const {
    return gradients_.template mutable_data_ptr<T>() + row * width_;
  }
  /// Some rows' values, sharing their memory. [count, width]
  at::Tensor tensor(const IndexRange& rows) const {
    return values_.narrow(0, rows.begin, rows.count);
  }

 private:
  int64_t width_;
  BufferOptions options_;
  int threads_ = 0;  // 0 where all rows are kept
  int64_t kept_rows_ = 0;
  at::Tensor values_;
  at::Tensor gradients_;
};

/// What is summed over a batch, by its place in the list of terms.
struct LossTermIndices {
  int loss = 0;
  int reconstruction = 1;
  int auxiliary = -1;
  int kl = -1;
  int sparsity = -1;
  int squared_error = -1;
  int l0 = -1;
};

/// How many rows an operation is best given at a time.
enum class RowTiling {
  all,  ///< as many as there are: it goes through weights for each chunk of them
  few,  ///< so few that their values stay in a core's cache from one operation to the next
  any,  ///< as many as those beside it
};

/// A step of a model's forward and backward pass over a shard. Operations run in order, and back.
class Operation {
 public:
  virtual ~Operation() = default;
  virtual RowTiling row_tiling() const { return RowTiling::all; }
  /// What it gives is looked for with the same shard only, of `rows` at most: no other need be
  /// kept.
  virtual void keep_shards(int /*members*/, int64_t /*rows*/) {}
  /// Makes room for a batch of so many rows.
  virtual void reserve(int64_t /*rows*/) {}
  virtual void forward(const Shard& shard) const = 0;
  /// From the gradients of what it gave to those of what it was given.
  virtual void backward(const Shard& shard) const = 0;
  /// Called by one thread when all shards have been back, before weights' gradients are found.
  virtual void prepare_weight_gradients(int64_t /*rows*/) const {}
};

/// Some of an operation's weights: what one thread finds the gradient of, and updates, at a time.
struct WeightRange {
  IndexRange range;  ///< of the flat parameters
  bool is_bias;
  int64_t first;  ///< row of the weight as it lies in memory; of the bias its value
  int64_t count;
};

/// The shares of a weight of `lines` lines of `length` as they lie in memory, and of its bias: as
/// many lines as leave room in a core's cache for their values, gradient and an optimiser's memory.
std::vector<WeightRange> partitions(const FlatParameters::Slice& weight, int64_t lines,
                                    int64_t length, const FlatParameters::Slice& bias);

/// An operation with weights. Their gradient is found when every shard has been back, from the
/// whole batch at once: no thread has a gradient of its own that would have to be added up.
template <class T>
class WeightedOperation : public Operation {
 public:
  /// The bias has been taken from these rows, too: their gradient is a part of its own.
  void take_bias_from(const Buffer<T>& centred) { centred_ = &centred; }

  /// The weights in chunks that stay in a core's cache, the largest first.
  virtual std::vector<WeightRange> weight_ranges() const = 0;
  /// Computes a range of the weight's gradient from all rows of the batch.
  /// @param accumulate  add to `out`; otherwise it is not read
  virtual void weight_gradient(const WeightRange& range, int64_t rows, bool accumulate,
                               T* out) const = 0;

 protected:
  /// The same of a bias that is added to each row of `output`.
  void find_bias_gradient(const Buffer<T>& output, const WeightRange& range, int64_t rows,
                          bool accumulate, T* out) const;

 private:
  const Buffer<T>* centred_ = nullptr;
};

}  // namespace ae::fused
