#include "engine/fused/convolution.h"

#include <algorithm>
#include <utility>

#include "kernels/elementwise.h"
#include "kernels/gemm.h"

namespace ae::fused {
namespace {

/// Maximum bytes of the patches of a tile, which fit a core's L2 cache.
constexpr int64_t kTileBytes = 1 << 18;

/// Values that fit the L1 cache.
constexpr int64_t kL1Values = 2048;

/// Maximum weights of a range: small enough for all threads to have some.
constexpr int64_t kWeightsPerRange = 1 << 13;

/// Geometry along one axis of the wide side: the input if `is_forward`, else the output.
ConvAxis conv_axis(const op::Convolution::Axis& axis, bool is_forward) {
  return {.extent = is_forward ? axis.input : axis.output,
          .positions = is_forward ? axis.output : axis.input,
          .kernel = axis.kernel,
          .stride = axis.stride,
          .padding = axis.padding};
}

/// Returns true if the kernel can slide over either side.
bool can_swap_sides(const ConvAxis& axis) { return axis.stride == 1 && axis.padding < axis.kernel; }

void swap_sides(ConvAxis& axis) {
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
  // Fewer channels on the wide side make the patches smaller.
  is_swapped_ = geometry_.channels > narrow_channels_ && can_swap_sides(geometry_.height) &&
                can_swap_sides(geometry_.width);
  if (is_swapped_) {
    is_forward_ = !is_forward_;
    swap_sides(geometry_.height);
    swap_sides(geometry_.width);
    std::swap(geometry_.channels, narrow_channels_);
  }
  const auto outputs = static_cast<size_t>(bias_.count);
  const auto weights = static_cast<size_t>(weight_.count);
  workspaces_.assign(static_cast<size_t>(threads), {.weight = AlignedVector<T>(weights),
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
  const int64_t patch = geometry_.values();
  int64_t position = 0;
  for (int64_t i = first; i < first + count; ++i) {
    for (int64_t j = 0; j < inner; ++j) {
      const int64_t begin = is_swapped_ ? j * patch + i : i * patch + j;
      for (int64_t element = 0; element < kernel_elements; ++element) {
        each(position++,
             begin + (is_swapped_ ? kernel_elements - 1 - element : element) * geometry_.channels);
      }
    }
  }
}

template <class T>
template <class Each>
void Convolution<T>::for_each_tile(const Shard& shard, const Each& each) const {
  const auto bytes = geometry_.positions() * geometry_.values() * static_cast<int64_t>(sizeof(T));
  const int64_t tile = std::max<int64_t>(kTileBytes / bytes, 1);
  for (int64_t done = 0; done < shard.rows.count; done += tile) {
    each(input_.first_row(shard) + done, output_.first_row(shard) + done,
         std::min(tile, shard.rows.count - done));
  }
}

template <class T>
void Convolution<T>::forward(const Shard& shard) const {
  Workspace& workspace = workspaces_[static_cast<size_t>(shard.rank)];
  const T* weight = values_ + weight_.offset;
  const int64_t patch = geometry_.values();
  if (shard.first) {
    each_weight(0, weight_.shape[0], [&](int64_t from, int64_t to) {
      workspace.weight[static_cast<size_t>(to)] = weight[from];
    });
    transpose(1, narrow_channels_, patch, workspace.weight.data(), workspace.transposed.data());
  }
  for_each_tile(shard, [&](int64_t from, int64_t to, int64_t rows) {
    const int64_t positions = rows * geometry_.positions();
    workspace.columns.resize(
        std::max(workspace.columns.size(), static_cast<size_t>(positions * patch)));
    T* columns = workspace.columns.data();
    if (is_forward_) {
      im2col(geometry_, rows, input_.values(from), columns);
      gemm(positions, narrow_channels_, patch, {columns, patch},
           {workspace.transposed.data(), narrow_channels_}, /*accumulate=*/false,
           output_.values(to), narrow_channels_);
    } else {
      gemm(positions, patch, narrow_channels_, {input_.values(from), narrow_channels_},
           {workspace.weight.data(), patch}, /*accumulate=*/false, columns, patch);
      col2im(geometry_, rows, columns, output_.values(to));
    }
    const int64_t channels = bias_.count;
    add_bias_and_activate(activation_, rows * output_.width() / channels, channels,
                          values_ + bias_.offset, output_.values(to));
  });
}

template <class T>
void Convolution<T>::backward(const Shard& shard) const {
  Workspace& workspace = workspaces_[static_cast<size_t>(shard.rank)];
  const int64_t patch = geometry_.values();
  bool accumulate = true;
  if (shard.first) {
    accumulate = false;
    std::fill(workspace.bias_gradient.begin(), workspace.bias_gradient.end(), T(0));
  }
  for_each_tile(shard, [&](int64_t from, int64_t to, int64_t rows) {
    T* gradients = output_.gradients(to);
    activation_backward_tiles(workspace, output_.values(to), gradients, rows * output_.width());
    const int64_t positions = rows * geometry_.positions();
    T* columns = workspace.columns.data();
    im2col(geometry_, rows, is_forward_ ? input_.values(from) : gradients, columns);
    const T* narrow = is_forward_ ? gradients : input_.values(from);
    gemm(narrow_channels_, patch, positions, {narrow, narrow_channels_, /*transposed=*/true},
         {columns, patch}, std::exchange(accumulate, true), workspace.weight_gradient.data(),
         patch);
    if (!input_.has_gradients()) return;
    if (is_forward_) {
      gemm(positions, patch, narrow_channels_, {gradients, narrow_channels_},
           {workspace.weight.data(), patch}, /*accumulate=*/false, columns, patch);
      col2im(geometry_, rows, columns, input_.gradients(from));
    } else {
      gemm(positions, narrow_channels_, patch, {columns, patch},
           {workspace.transposed.data(), narrow_channels_}, /*accumulate=*/false,
           input_.gradients(from), narrow_channels_);
    }
  });
}

template <class T>
void Convolution<T>::activation_backward_tiles(Workspace& workspace, const T* values, T* gradients,
                                               int64_t count) const {
  const int64_t channels = bias_.count;
  const int64_t tile = std::max<int64_t>(kL1Values / channels, 1) * channels;
  for (int64_t begin = 0; begin < count; begin += tile) {
    const int64_t n = std::min(tile, count - begin);
    activation_backward(activation_, n, values + begin, gradients + begin);
    sum_rows(n / channels, channels, gradients + begin, channels, T(begin > 0),
             workspace.bias_sums.data());
  }
  for (size_t i = 0; i < workspace.bias_sums.size(); ++i)
    workspace.bias_gradient[i] += workspace.bias_sums[i];
}

template <class T>
std::vector<WeightRange> Convolution<T>::weight_ranges() const {
  const int64_t length = weight_.count / weight_.shape[0];
  const int64_t tile = std::max<int64_t>(kWeightsPerRange / length, 1);
  std::vector<WeightRange> ranges;
  for (int64_t first = 0; first < weight_.shape[0]; first += tile) {
    const int64_t count = std::min(tile, weight_.shape[0] - first);
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
  const int threads = static_cast<int>(workspaces_.size());
  for (int rank = 0; rank < threads; ++rank) {
    // A thread without rows holds the gradient of an earlier batch.
    if (partition(rows, rank, threads).count == 0) continue;
    const Workspace& workspace = workspaces_[static_cast<size_t>(rank)];
    if (range.is_bias) {
      for (int64_t i = 0; i < range.count; ++i) {
        out[i] += workspace.bias_gradient[static_cast<size_t>(i)];
      }
    } else {
      each_weight(range.first, range.count, [&](int64_t to, int64_t from) {
        out[to] += workspace.weight_gradient[static_cast<size_t>(from)];
      });
    }
  }
}

template class Convolution<float>;
template class Convolution<double>;

}  // namespace ae::fused
