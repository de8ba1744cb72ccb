#include "engine/plan/convolution.h"

#include <algorithm>
#include <utility>

#include "engine/plan/loops.h"
#include "engine/plan/product.h"

namespace ae::plan {
namespace {

/// Bytes of what the windows see at a time: they stay in a core's cache.
constexpr int64_t kPortionBytes = 1 << 18;

/// Values that stay in the first cache from one loop over them to the next.
constexpr int64_t kFirstCacheValues = 2048;

/// Weights of a share: few enough for all threads to have some.
constexpr int64_t kSharedAtOnce = 1 << 13;

/// Of the input where `gathers`, else of the output.
WindowAxis window_axis(const LoweredConvolution::Axis& axis, bool gathers) {
  return {.extent = gathers ? axis.input : axis.output,
          .places = gathers ? axis.output : axis.input,
          .kernel = axis.kernel,
          .stride = axis.stride,
          .padding = axis.padding};
}

/// The window moves by single steps, and as well over one side as over the other.
bool can_turn(const WindowAxis& axis) { return axis.stride == 1 && axis.padding < axis.kernel; }

void turn(WindowAxis& axis) {
  std::swap(axis.extent, axis.places);
  axis.padding = axis.kernel - 1 - axis.padding;
}

}  // namespace

template <class T>
Convolution<T>::Convolution(const LoweredConvolution& layer, const FlatParameters& parameters,
                            const Buffer<T>& input, Buffer<T>& output, int members)
    : activation_(layer.activation),
      weight_(parameters.slice_of(layer.weight)),
      bias_(parameters.slice_of(layer.bias)),
      values_(parameters.values().const_data_ptr<T>()),
      input_(input),
      output_(output),
      gathers_(!layer.transposed),
      windows_{.height = window_axis(layer.height, gathers_),
               .width = window_axis(layer.width, gathers_),
               .channels = weight_.shape[1]},
      narrow_channels_(weight_.shape[0]) {
  // What the windows see is the smaller, the fewer channels the wide side has.
  turned_ =
      windows_.channels > narrow_channels_ && can_turn(windows_.height) && can_turn(windows_.width);
  if (turned_) {
    gathers_ = !gathers_;
    turn(windows_.height);
    turn(windows_.width);
    std::swap(windows_.channels, narrow_channels_);
  }
  const auto outputs = static_cast<size_t>(bias_.count);
  const auto weights = static_cast<size_t>(weight_.count);
  scratch_.assign(static_cast<size_t>(members), {.weight = AlignedVector<T>(weights),
                                                 .transposed = AlignedVector<T>(weights),
                                                 .weight_gradient = AlignedVector<T>(weights),
                                                 .bias_gradient = AlignedVector<T>(outputs),
                                                 .columns = {},
                                                 .bias_sums = AlignedVector<T>(outputs)});
}

template <class T>
template <class Each>
void Convolution<T>::each_weight(int64_t first, int64_t count, const Each& each) const {
  const int64_t taps = windows_.taps();
  const int64_t inner = weight_.shape[1];
  const int64_t window = windows_.values();
  int64_t place = 0;
  for (int64_t i = first; i < first + count; ++i) {
    for (int64_t j = 0; j < inner; ++j) {
      const int64_t begin = turned_ ? j * window + i : i * window + j;
      for (int64_t tap = 0; tap < taps; ++tap) {
        each(place++, begin + (turned_ ? taps - 1 - tap : tap) * windows_.channels);
      }
    }
  }
}

template <class T>
template <class Each>
void Convolution<T>::in_portions(const Shard& shard, const Each& each) const {
  const auto bytes = windows_.places() * windows_.values() * static_cast<int64_t>(sizeof(T));
  const int64_t at_once = std::max<int64_t>(kPortionBytes / bytes, 1);
  for (int64_t done = 0; done < shard.rows.count; done += at_once) {
    each(input_.first_row(shard) + done, output_.first_row(shard) + done,
         std::min(at_once, shard.rows.count - done));
  }
}

template <class T>
void Convolution<T>::forward(const Shard& shard) const {
  Scratch& own = scratch_[static_cast<size_t>(shard.member)];
  const T* weight = values_ + weight_.offset;
  const int64_t window = windows_.values();
  if (shard.first) {
    each_weight(0, weight_.shape[0], [&](int64_t from, int64_t to) {
      own.weight[static_cast<size_t>(to)] = weight[from];
    });
    transpose(1, narrow_channels_, window, own.weight.data(), own.transposed.data());
  }
  in_portions(shard, [&](int64_t from, int64_t to, int64_t rows) {
    const int64_t places = rows * windows_.places();
    own.columns.resize(std::max(own.columns.size(), static_cast<size_t>(places * window)));
    T* columns = own.columns.data();
    if (gathers_) {
      gather(windows_, rows, input_.values(from), columns);
      product(places, narrow_channels_, window, {columns, window},
              {own.transposed.data(), narrow_channels_}, T(0), output_.values(to),
              narrow_channels_);
    } else {
      product(places, window, narrow_channels_, {input_.values(from), narrow_channels_},
              {own.weight.data(), window}, T(0), columns, window);
      scatter(windows_, rows, columns, output_.values(to));
    }
    const int64_t channels = bias_.count;
    add_bias_and_activate(activation_, rows * output_.width() / channels, channels,
                          values_ + bias_.offset, output_.values(to));
  });
}

template <class T>
void Convolution<T>::backward(const Shard& shard) const {
  Scratch& own = scratch_[static_cast<size_t>(shard.member)];
  const int64_t window = windows_.values();
  T sum = 1;
  if (shard.first) {  // nothing is there yet
    sum = 0;
    std::fill(own.bias_gradient.begin(), own.bias_gradient.end(), T(0));
  }
  in_portions(shard, [&](int64_t from, int64_t to, int64_t rows) {
    T* gradients = output_.gradients(to);
    pass_activation(own, output_.values(to), gradients, rows * output_.width());
    const int64_t places = rows * windows_.places();
    T* columns = own.columns.data();
    gather(windows_, rows, gathers_ ? input_.values(from) : gradients, columns);
    const T* narrow = gathers_ ? gradients : input_.values(from);
    product(narrow_channels_, window, places, {narrow, narrow_channels_, /*transposed=*/true},
            {columns, window}, std::exchange(sum, T(1)), own.weight_gradient.data(), window);
    if (!input_.has_gradients()) return;
    if (gathers_) {
      product(places, window, narrow_channels_, {gradients, narrow_channels_},
              {own.weight.data(), window}, T(0), columns, window);
      scatter(windows_, rows, columns, input_.gradients(from));
    } else {
      product(places, narrow_channels_, window, {columns, window},
              {own.transposed.data(), narrow_channels_}, T(0), input_.gradients(from),
              narrow_channels_);
    }
  });
}

template <class T>
void Convolution<T>::pass_activation(Scratch& own, const T* values, T* gradients,
                                     int64_t count) const {
  const int64_t channels = bias_.count;
  const int64_t at_once = std::max<int64_t>(kFirstCacheValues / channels, 1) * channels;
  for (int64_t begin = 0; begin < count; begin += at_once) {
    const int64_t n = std::min(at_once, count - begin);
    multiply_by_slope(activation_, n, values + begin, gradients + begin);
    sum_rows(n / channels, channels, gradients + begin, channels, T(begin > 0),
             own.bias_sums.data());
  }
  for (size_t i = 0; i < own.bias_sums.size(); ++i) own.bias_gradient[i] += own.bias_sums[i];
}

template <class T>
std::vector<WeightShare> Convolution<T>::weight_shares() const {
  const int64_t length = weight_.count / weight_.shape[0];
  const int64_t at_once = std::max<int64_t>(kSharedAtOnce / length, 1);
  std::vector<WeightShare> shares;
  for (int64_t first = 0; first < weight_.shape[0]; first += at_once) {
    const int64_t count = std::min(at_once, weight_.shape[0] - first);
    shares.push_back(
        {{weight_.offset + first * length, count * length}, /*is_bias=*/false, first, count});
  }
  shares.push_back({{bias_.offset, bias_.count}, /*is_bias=*/true, 0, bias_.count});
  return shares;
}

template <class T>
void Convolution<T>::find_gradient(const WeightShare& share, int64_t rows, T beta, T* out) const {
  for (int64_t i = 0; i < share.share.count; ++i) out[i] = beta == 0 ? T(0) : beta * out[i];
  const int members = static_cast<int>(scratch_.size());
  for (int member = 0; member < members; ++member) {
    // Who had no rows has what it found of an earlier batch.
    if (share_of(rows, member, members).count == 0) continue;
    const Scratch& own = scratch_[static_cast<size_t>(member)];
    if (share.is_bias) {
      for (int64_t i = 0; i < share.count; ++i) {
        out[i] += own.bias_gradient[static_cast<size_t>(i)];
      }
    } else {
      each_weight(share.first, share.count, [&](int64_t to, int64_t from) {
        out[to] += own.weight_gradient[static_cast<size_t>(from)];
      });
    }
  }
}

template class Convolution<float>;
template class Convolution<double>;

}  // namespace ae::plan
