#include "engine/small/small_network_executor.h"

#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

#include "kernels/elementwise.h"
#include "kernels/loss_terms.h"

namespace ae {
namespace {

/// Calls work(begin, n) for contiguous values of a block's first `count` rows: once for a full
/// block, else once per unit.
template <class Work>
void for_rows(int64_t count, int64_t width, const Work& work) {
  if (count == kBlockRows) return work(int64_t{0}, width * kBlockRows);
  for (int64_t unit = 0; unit < width; ++unit) work(unit * kBlockRows, count);
}

/// Zeroes the values beyond a block's first `count` rows.
template <class T>
void zero_padding(int64_t count, int64_t width, T* values) {
  for (int64_t unit = 0; unit < width && count < kBlockRows; ++unit) {
    std::fill(values + unit * kBlockRows + count, values + (unit + 1) * kBlockRows, T(0));
  }
}

/// Weights of a layer up to which this was measured to be faster than FusedExecutor.
constexpr int64_t kMaxWeights = 2048;

bool is_small(const FusedLayer& layer) {
  const auto* linear = std::get_if<FusedLinear>(&layer);
  return linear != nullptr && linear->weight.numel() <= kMaxWeights &&
         linear->weight.is_contiguous();
}

}  // namespace

bool is_small_network(const FusedPlan& plan, const Objective& objective) {
  if (plan.top_k || plan.l1 || plan.pre_encoder_bias || objective.counts_active()) {
    return false;
  }
  const auto are_small = [](const FusedLayers& layers) {
    return std::ranges::all_of(layers, [](const FusedLayer& layer) { return is_small(layer); });
  };
  return are_small(plan.encoder) && are_small(plan.latent) && are_small(plan.decoder);
}

template <class T>
SmallNetworkExecutor<T>::Array::Array(int64_t rows, int64_t columns)
    : tensor(at::zeros({rows, columns}, c10::CppTypeToScalarType<T>::value)),
      data(tensor.template mutable_data_ptr<T>()) {}

template <class T>
SmallNetworkExecutor<T>::SmallNetworkExecutor(const FusedPlan& plan, const Objective& objective,
                                              FlatParameters& parameters, ThreadTeam& team)
    : objective_(objective),
      parameters_(parameters),
      team_(team),
      loss_(plan.loss),
      features_(plan.features),
      target_(add_units(features_)),
      input_(objective.corrupts() ? add_units(features_) : target_),
      terms_{"loss", "reconstruction"} {
  UnitOffset last = input_;
  for (const FusedLayer& layer : plan.encoder) last = add_layer(layer, last);
  const UnitOffset mean = add_layer(plan.latent.front(), last);
  if (plan.latent.size() > 1) {
    // The backward pass reaches the log-variance first; the mean then accumulates.
    layers_.back().accumulate_grad_input = true;
    const UnitOffset log_variance = add_layer(plan.latent.back(), last);
    const int64_t width = layers_.back().weights.outputs;
    sample_ = Sample{layers_.size(), width, mean, log_variance, add_units(width)};
    indices_.kl = static_cast<int>(terms_.size());
    terms_.push_back("kl");
  }
  last = sample_ ? sample_->sample : mean;
  for (const FusedLayer& layer : plan.decoder) last = add_layer(layer, last);
  output_ = last;
  indices_.squared_error = static_cast<int>(terms_.size());
  terms_.push_back("squared_error");

  workspaces_.resize(static_cast<size_t>(team.size()));
  for (Workspace& workspace : workspaces_) {
    workspace.values = Array(units_, kBlockRows);
    workspace.grad_values = Array(units_, kBlockRows);
    if (sample_) workspace.unit_noise = Array(sample_->width, kBlockRows);
    workspace.gradient = Array(1, parameters.values().numel());
    // Padded by a cache line, against false sharing.
    workspace.sums.resize(terms_.size() + 8);
  }
}

template <class T>
SmallNetworkExecutor<T>::UnitOffset SmallNetworkExecutor<T>::add_units(int64_t units) {
  units_ += units;
  return units_ - units;
}

template <class T>
SmallNetworkExecutor<T>::UnitOffset SmallNetworkExecutor<T>::add_layer(const FusedLayer& fused,
                                                                       UnitOffset input) {
  const auto& layer = std::get<FusedLinear>(fused);
  const T* values = parameters_.values().template const_data_ptr<T>();
  const int64_t weight = parameters_.slice_of(layer.weight).offset;
  const int64_t bias = parameters_.slice_of(layer.bias).offset;
  const UnitOffset output = add_units(layer.weight.size(0));
  layers_.push_back({.weights = {.activation = layer.activation,
                                 .inputs = layer.weight.size(1),
                                 .outputs = layer.weight.size(0),
                                 .weight = values + weight,
                                 .bias = values + bias},
                     .weight_offset = weight,
                     .bias_offset = bias,
                     .input = input,
                     .output = output});
  return output;
}

template <class T>
void SmallNetworkExecutor<T>::reserve(int64_t rows) {
  if (rows <= reserved_rows_) return;
  reserved_rows_ = rows;
  const auto threads = static_cast<int64_t>(workspaces_.size());
  for (Workspace& workspace : workspaces_) {
    if (objective_.corrupts()) workspace.rows = Array((rows + threads - 1) / threads, features_);
    if (sample_) workspace.noise = Array((rows + threads - 1) / threads, sample_->width);
  }
}

template <class T>
bool SmallNetworkExecutor<T>::accumulate(const Batch& batch, const StepSettings& settings,
                                         double scale, const StepCounts& counts) {
  if (!forward_backward(batch, settings, scale, counts)) return false;
  add_scaled(parameters_.trainable_count(), T(1), workspaces_.front().gradient.data,
             parameters_.gradients().template mutable_data_ptr<T>());
  return true;
}

template <class T>
StepExecutor::Step SmallNetworkExecutor<T>::step(const Batch& batch, const StepSettings& settings,
                                                 int64_t step, Optimizer& optimizer,
                                                 const StepCounts& counts) {
  if (!forward_backward(batch, settings, 1.0 / static_cast<double>(batch.samples()), counts)) {
    return Step::not_finite;
  }
  PhaseTimer timer(counts.times, 0);
  optimizer.update_range(parameters_, {.range = {0, parameters_.trainable_count()},
                                       .gradients = workspaces_.front().gradient.data,
                                       .learning_rate = settings.learning_rate,
                                       .step = step});
  timer.end(Phase::update);
  return Step::done;
}

template <class T>
bool SmallNetworkExecutor<T>::forward_backward(const Batch& batch, const StepSettings& settings,
                                               double scale, const StepCounts& counts) {
  reserve(batch.samples());
  team_.run([&](int rank) {
    PhaseTimer timer(counts.times, rank);
    forward_backward_rows(batch, settings, scale, partition(batch.samples(), rank, team_.size()),
                          workspaces_[static_cast<size_t>(rank)], timer);
  });
  Workspace& first = workspaces_.front();
  for (size_t rank = 1; rank < workspaces_.size(); ++rank) {
    const Workspace& other = workspaces_[rank];
    for (size_t term = 0; term < terms_.size(); ++term) first.sums[term] += other.sums[term];
    add_scaled(parameters_.trainable_count(), T(1), other.gradient.data, first.gradient.data);
  }
  double& loss = first.sums[static_cast<size_t>(indices_.loss)];
  loss = first.sums[static_cast<size_t>(indices_.reconstruction)] * settings.weights.reconstruction;
  if (sample_) loss += first.sums[static_cast<size_t>(indices_.kl)] * settings.weights.kl;
  if (!std::isfinite(loss)) return false;
  counts.sums->add(terms_, {first.sums.data(), terms_.size()}, batch.samples());
  return true;
}

template <class T>
void SmallNetworkExecutor<T>::forward_backward_rows(const Batch& batch,
                                                    const StepSettings& settings, double scale,
                                                    const IndexRange& rows, Workspace& workspace,
                                                    PhaseTimer& timer) const {
  std::ranges::fill(workspace.sums, 0.0);
  if (rows.count == 0) return workspace.gradient.tensor.zero_(), void();
  T* values = workspace.values.data;
  at::Tensor corrupted;
  if (sample_ || objective_.corrupts()) {
    const std::unique_ptr<Noise> noise = batch.noise().part(rows.begin, rows.count);
    const c10::NoGradGuard no_grad;
    if (objective_.corrupts()) {
      batch.copy_rows(rows, workspace.rows.data);
      corrupted =
          objective_.corrupted(workspace.rows.tensor.narrow(0, 0, rows.count), *noise).contiguous();
    }
    if (sample_) noise->fill_normal(Purpose::posterior, sample_->width, workspace.noise.data);
  }
  timer.end(Phase::data);
  for (int64_t begin = 0; begin < rows.count; begin += kBlockRows) {
    const int64_t count = std::min(kBlockRows, rows.count - begin);
    const auto transpose_rows = [&](const T* from, int64_t width, T* to) {
      rows_to_units(count, width, from + begin * width, to);
    };
    T* target = values + target_ * kBlockRows;
    batch.copy_features({rows.begin + begin, count}, kBlockRows, target);
    zero_padding(count, features_, target);
    if (corrupted.defined()) {
      transpose_rows(corrupted.template const_data_ptr<T>(), features_,
                     values + input_ * kBlockRows);
    }
    if (sample_) transpose_rows(workspace.noise.data, sample_->width, workspace.unit_noise.data);
    timer.end(Phase::data);
    forward_block(settings, scale, count, workspace);
    timer.end(Phase::forward);
    backward_block(settings, scale, count, begin > 0, workspace);
    timer.end(Phase::backward);
  }
}

template <class T>
void SmallNetworkExecutor<T>::forward_block(const StepSettings& settings, double scale,
                                            int64_t count, Workspace& workspace) const {
  T* values = workspace.values.data;
  const auto at = [&](UnitOffset offset) { return values + offset * kBlockRows; };
  for (size_t i = 0; i < layers_.size(); ++i) {
    if (sample_ && i == sample_->layer) {
      for_rows(count, sample_->width, [&](int64_t begin, int64_t n) {
        workspace.sums[static_cast<size_t>(indices_.kl)] +=
            reparameterize(n, at(sample_->mean) + begin, at(sample_->log_variance) + begin,
                           workspace.unit_noise.data + begin, at(sample_->sample) + begin);
      });
    }
    small_linear_forward(layers_[i].weights, at(layers_[i].input), at(layers_[i].output));
  }
  T* grad_output = workspace.grad_values.data + output_ * kBlockRows;
  const auto factor = static_cast<T>(settings.weights.reconstruction * loss_.weight * scale);
  for_rows(count, features_, [&](int64_t begin, int64_t n) {
    const LossSums sums = loss_forward_backward(loss_.kind, n, at(output_) + begin,
                                                at(target_) + begin, factor, grad_output + begin);
    workspace.sums[static_cast<size_t>(indices_.reconstruction)] += sums.error * loss_.weight;
    workspace.sums[static_cast<size_t>(indices_.squared_error)] += sums.squared_error;
  });
  zero_padding(count, features_, grad_output);
}

template <class T>
void SmallNetworkExecutor<T>::backward_block(const StepSettings& settings, double scale,
                                             int64_t count, bool accumulate,
                                             Workspace& workspace) const {
  const T* values = workspace.values.data;
  T* gradient = workspace.gradient.data;
  const auto at = [&](UnitOffset offset) { return values + offset * kBlockRows; };
  const auto grad_at = [&](UnitOffset offset) {
    return workspace.grad_values.data + offset * kBlockRows;
  };
  for (size_t i = layers_.size(); i-- > 0;) {
    const Layer& layer = layers_[i];
    small_linear_backward(layer.weights,
                          {.x = at(layer.input),
                           .y = at(layer.output),
                           .grad_output = grad_at(layer.output),
                           .grad_input = layer.input == input_ ? nullptr : grad_at(layer.input),
                           .accumulate_grad_input = layer.accumulate_grad_input,
                           .grad_weight = gradient + layer.weight_offset,
                           .grad_bias = gradient + layer.bias_offset,
                           .accumulate_grad_weight = accumulate});
    if (!sample_ || i != sample_->layer) continue;
    const auto kl_factor = static_cast<T>(settings.weights.kl * scale);
    for_rows(count, sample_->width, [&](int64_t begin, int64_t n) {
      reparameterize_backward(n,
                              {.mean = at(sample_->mean) + begin,
                               .log_variance = at(sample_->log_variance) + begin,
                               .noise = workspace.unit_noise.data + begin,
                               .grad_sample = grad_at(sample_->sample) + begin,
                               .grad_mean = grad_at(sample_->mean) + begin,
                               .grad_log_variance = grad_at(sample_->log_variance) + begin},
                              kl_factor);
    });
    zero_padding(count, sample_->width, grad_at(sample_->mean));
    zero_padding(count, sample_->width, grad_at(sample_->log_variance));
  }
}

template class SmallNetworkExecutor<float>;
template class SmallNetworkExecutor<double>;

}  // namespace ae
