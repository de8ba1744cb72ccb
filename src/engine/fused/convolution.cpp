#include "engine/fused/convolution.h"

#include <algorithm>
#include <utility>

#include "kernels/elementwise.h"
#include "kernels/gemm.h"

namespace ae::fused {
namespace {

/// Bytes of what the windows see at a time: they stay in a core's cache.
constexpr int64_t kTileBytes = 1 << 18;

/// Values that stay in the first cache from one loop over them to the next.
constexpr int64_t kFirstCacheValues = 2048;

/// Weights of a share: few enough for all threads to have some.
constexpr int64_t kWeightsPerRange = 1 << 13;

/// Of the input where `gathers`, else of the output.
ConvAxis conv_axis(const op::Convolution::Axis& axis, bool is_forward) {
  return {.extent = is_forward ? axis.input : axis.output,
          .positions = is_forward ? axis.output : axis.input,
          .kernel = axis.kernel,
          .stride = axis.stride,
          .padding = axis.padding};
}

/// The window moves by single steps, and as well over one side as over the other.
bool can_turn(const ConvAxis& axis) { return axis.stride == 1 && axis.padding < axis.kernel; }

void turn(ConvAxis& axis) {
  std::swap(axis.extent, axis.positions);
  axis.padding = axis.kernel - 1 - axis.padding;
}

}  // namespace

template <class T>
Convolution<T>::Convolution(const FusedConvolution& layer, const FlatParameters& parameters,
                            const Buffer<T>& input, Buffer<T>& output, int threads)
    : activation_(layer.activation),
      weight_(parameters.slice_of(layer.convolution.weight)),
      bias_(parameters.slice_of(layer.convolution.bias)),
      values_(parameters.values().const_data_ptr<T>()),
      input_(input),
      output_(output),
      is_forward_(!layer.convolution.transposed),
      geometry_{.height = conv_axis(layer.convolution.height, is_forward_),
                .width = conv_axis(layer.convolution.width, is_forward_),
                .channels = weight_.shape[1]},
      narrow_channels_(weight_.shape[0]) {
  // What the windows see is the smaller, the fewer channels the wide side has.
  turned_ = geometry_.channels > narrow_channels_ && can_turn(geometry_.height) &&
            can_turn(geometry_.width);
  if (turned_) {
    is_forward_ = !is_forward_;
    turn(geometry_.height);
    turn(geometry_.width);
    std::swap(geometry_.channels, narrow_channels_);
  }
  const auto outputs = static_cast<size_t>(bias_.count);
  const auto weights = static_cast<size_t>(weight_.count);
  scratch_.assign(static_cast<size_t>(threads), {.weight = AlignedVector<T>(weights),
                                                 .transposed = AlignedVector<T>(weights),
                                                 .weight_gradient = AlignedVector<T>(weights),
                                                 .bias_gradient = AlignedVector<T>(outputs),
                                                 .columns = {},
                                                 .bias_sums = AlignedVector<T>(outputs)});
}

template <class T>
template <class Each>
void Convolution<T>::each_weight(int64_t first, int64_t count, const Each& each) const {
  const int64_t kernel_elements = geometry_.kernel_elements();
  const int64_t inner = weight_.shape[1];
  const int64_t window = geometry_.values();
  int64_t position = 0;
  for (int64_t i = first; i < first + count; ++i) {
    for (int64_t j = 0; j < inner; ++j) {
      const int64_t begin = turned_ ? j * window + i : i * window + j;
      for (int64_t element = 0; element < kernel_elements; ++element) {
        each(position++,
             begin + (turned_ ? kernel_elements - 1 - element : element) * geometry_.channels);
      }
    }
  }
}

template <class T>
template <class Each>
void Convolution<T>::for_each_tile(const Shard& shard, const Each& each) const {
  const auto bytes = geometry_.positions() * geometry_.values() * static_cast<int64_t>(sizeof(T));
  const int64_t at_once = std::max<int64_t>(kTileBytes / bytes, 1);
  for (int64_t done = 0; done < shard.rows.count; done += at_once) {
    each(input_.first_row(shard) + done, output_.first_row(shard) + done,
         std::min(at_once, shard.rows.count - done));
  }
}

template <class T>
void Convolution<T>::forward(const Shard& shard) const {
  Scratch& own = scratch_[static_cast<size_t>(shard.rank)];
  const T* weight = values_ + weight_.offset;
  const int64_t window = geometry_.values();
  if (shard.first) {
    each_weight(0, weight_.shape[0], [&](int64_t from, int64_t to) {
      own.weight[static_cast<size_t>(to)] = weight[from];
    });
    transpose(1, narrow_channels_, window, own.weight.data(), own.transposed.data());
  }
  for_each_tile(shard, [&](int64_t from, int64_t to, int64_t rows) {
    const int64_t positions = rows * geometry_.positions();
    own.columns.resize(std::max(own.columns.size(), static_cast<size_t>(positions * window)));
    T* columns = own.columns.data();
    if (is_forward_) {
      im2col(geometry_, rows, input_.values(from), columns);
      gemm(positions, narrow_channels_, window, {columns, window},
           {own.transposed.data(), narrow_channels_}, /*accumulate=*/false, output_.values(to),
           narrow_channels_);
    } else {
      gemm(positions, window, narrow_channels_, {input_.values(from), narrow_channels_},
           {own.weight.data(), window}, /*accumulate=*/false, columns, window);
      col2im(geometry_, rows, columns, output_.values(to));
    }
    const int64_t channels = bias_.count;
    add_bias_and_activate(activation_, rows * output_.width() / channels, channels,
                          values_ + bias_.offset, output_.values(to));
  });
}

template <class T>
void Convolution<T>::backward(const Shard& shard) const {
  Scratch& own = scratch_[static_cast<size_t>(shard.rank)];
  const int64_t window = geometry_.values();
  bool accumulate = true;
  if (shard.first) {  // nothing is there yet
    accumulate = false;
    std::fill(own.bias_gradient.begin(), own.bias_gradient.end(), T(0));
  }
  for_each_tile(shard, [&](int64_t from, int64_t to, int64_t rows) {
    T* gradients = output_.gradients(to);
    activation_backward_tiles(own, output_.values(to), gradients, rows * output_.width());
    const int64_t positions = rows * geometry_.positions();
    T* columns = own.columns.data();
    im2col(geometry_, rows, is_forward_ ? input_.values(from) : gradients, columns);
    const T* narrow = is_forward_ ? gradients : input_.values(from);
    gemm(narrow_channels_, window, positions, {narrow, narrow_channels_, /*transposed=*/true},
         {columns, window}, std::exchange(accumulate, true), own.weight_gradient.data(), window);
    if (!input_.has_gradients()) return;
    if (is_forward_) {
      gemm(positions, window, narrow_channels_, {gradients, narrow_channels_},
           {own.weight.data(), window}, /*accumulate=*/false, columns, window);
      col2im(geometry_, rows, columns, input_.gradients(from));
    } else {
      gemm(positions, narrow_channels_, window, {columns, window},
           {own.transposed.data(), narrow_channels_}, /*accumulate=*/false, input_.gradients(from),
           narrow_channels_);
    }
  });
}

template <class T>
void Convolution<T>::activation_backward_tiles(Scratch& own, const T* values, T* gradients,
                                               int64_t count) const {
  const int64_t channels = bias_.count;
  const int64_t at_once = std::max<int64_t>(kFirstCacheValues / channels, 1) * channels;
  for (int64_t begin = 0; begin < count; begin += at_once) {
    const int64_t n = std::min(at_once, count - begin);
    activation_backward(activation_, n, values + begin, gradients + begin);
    sum_rows(n / channels, channels, gradients + begin, channels, T(begin > 0),
             own.bias_sums.data());
  }
  for (size_t i = 0; i < own.bias_sums.size(); ++i) own.bias_gradient[i] += own.bias_sums[i];
}

template <class T>
std::vector<WeightRange> Convolution<T>::weight_ranges() const {
  const int64_t length = weight_.count / weight_.shape[0];
  const int64_t at_once = std::max<int64_t>(kWeightsPerRange / length, 1);
  std::vector<WeightRange> ranges;
  for (int64_t first = 0; first < weight_.shape[0]; first += at_once) {
    const int64_t count = std::min(at_once, weight_.shape[0] - first);
    ranges.push_back(
        {{weight_.offset + first * length, count * length}, /*is_bias=*/false, first, count});
  }
  ranges.push_back({{bias_.offset, bias_.count}, /*is_bias=*/true, 0, bias_.count});
  return ranges;
}

template <class T>
void Convolution<T>::weight_gradient(const WeightRange& range, int64_t rows, bool accumulate,
                                     T* out) const {
  for (int64_t i = 0; i < range.range.count; ++i) out[i] = accumulate ? out[i] : T(0);
  const int threads = static_cast<int>(scratch_.size());
  for (int rank = 0; rank < threads; ++rank) {
    // Who had no rows has what it found of an earlier batch.
    if (partition(rows, rank, threads).count == 0) continue;
    const Scratch& own = scratch_[static_cast<size_t>(rank)];
    if (range.is_bias) {
      for (int64_t i = 0; i < range.count; ++i) {
        out[i] += own.bias_gradient[static_cast<size_t>(i)];
      }
    } else {
      each_weight(range.first, range.count, [&](int64_t to, int64_t from) {
        out[to] += own.weight_gradient[static_cast<size_t>(from)];
      });
    }
  }
}

template class Convolution<float>;
template class Convolution<double>;

}  // namespace ae::fused
