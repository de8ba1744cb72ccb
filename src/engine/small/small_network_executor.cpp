#include "engine/small/small_network_executor.h"

#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

#include "kernels/elementwise.h"
#include "kernels/loss_terms.h"

namespace ae {
namespace {

/// Calls work(begin, n) for the values of a block's first rows: where the block is full they are
/// one piece.
template <class Work>
void for_rows(int64_t count, int64_t width, const Work& work) {
  if (count == kBlockRows) return work(int64_t{0}, width * kBlockRows);
  for (int64_t unit = 0; unit < width; ++unit) work(unit * kBlockRows, count);
}

/// Of a block's values or gradients, those that are no row's.
template <class T>
void clear_rest(int64_t count, int64_t width, T* values) {
  for (int64_t unit = 0; unit < width && count < kBlockRows; ++unit) {
    std::fill(values + unit * kBlockRows + count, values + (unit + 1) * kBlockRows, T(0));
  }
}

/// Weights of a layer up to which this was found to be faster than FusedExecutor.
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
  const auto are_narrow = [](const FusedLayers& layers) {
    return std::ranges::all_of(layers, [](const FusedLayer& layer) { return is_small(layer); });
  };
  return are_narrow(plan.encoder) && are_narrow(plan.latent) && are_narrow(plan.decoder);
}

template <class T>
SmallNetworkExecutor<T>::Numbers::Numbers(int64_t lines, int64_t width)
    : tensor(at::zeros({lines, width}, c10::CppTypeToScalarType<T>::value)),
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
  Place last = input_;
  for (const FusedLayer& layer : plan.encoder) last = add_layer(layer, last);
  const Place mean = add_layer(plan.latent.front(), last);
  if (plan.latent.size() > 1) {
    // The way back comes here first, and then adds what the mean says.
    layers_.back().accumulate_grad_input = true;
    const Place log_variance = add_layer(plan.latent.back(), last);
    const int64_t width = layers_.back().weights.outputs;
    draw_ = Draw{layers_.size(), width, mean, log_variance, add_units(width)};
    indices_.kl = static_cast<int>(terms_.size());
    terms_.push_back("kl");
  }
  last = draw_ ? draw_->draw : mean;
  for (const FusedLayer& layer : plan.decoder) last = add_layer(layer, last);
  output_ = last;
  indices_.squared_error = static_cast<int>(terms_.size());
  terms_.push_back("squared_error");

  workspaces_.resize(static_cast<size_t>(team.size()));
  for (Workspace& own : workspaces_) {
    own.values = Numbers(units_, kBlockRows);
    own.grad_values = Numbers(units_, kBlockRows);
    if (draw_) own.unit_noise = Numbers(draw_->width, kBlockRows);
    own.gradient = Numbers(1, parameters.values().numel());
    // A line of the cache for each, so that threads do not take it from each other.
    own.sums.resize(terms_.size() + 8);
  }
}

template <class T>
SmallNetworkExecutor<T>::Place SmallNetworkExecutor<T>::add_units(int64_t units) {
  units_ += units;
  return units_ - units;
}

template <class T>
SmallNetworkExecutor<T>::Place SmallNetworkExecutor<T>::add_layer(const FusedLayer& fused,
                                                                  Place input) {
  const auto& layer = std::get<FusedLinear>(fused);
  const T* values = parameters_.values().template const_data_ptr<T>();
  const int64_t weight = parameters_.slice_of(layer.weight).offset;
  const int64_t bias = parameters_.slice_of(layer.bias).offset;
  const Place output = add_units(layer.weight.size(0));
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
  for (Workspace& own : workspaces_) {
    if (objective_.corrupts()) own.rows = Numbers((rows + threads - 1) / threads, features_);
    if (draw_) own.noise = Numbers((rows + threads - 1) / threads, draw_->width);
  }
}

template <class T>
bool SmallNetworkExecutor<T>::accumulate(const Batch& batch, const StepSettings& settings,
                                         double scale, const StepCounts& counts) {
  if (!forward_backward(batch, settings, scale, counts)) return false;
  add_scaled(parameters_.values().numel(), T(1), workspaces_.front().gradient.data,
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
  optimizer.update_range(parameters_, {.range = {0, parameters_.values().numel()},
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
    add_scaled(parameters_.values().numel(), T(1), other.gradient.data, first.gradient.data);
  }
  double& loss = first.sums[static_cast<size_t>(indices_.loss)];
  loss = first.sums[static_cast<size_t>(indices_.reconstruction)] * settings.weights.reconstruction;
  if (draw_) loss += first.sums[static_cast<size_t>(indices_.kl)] * settings.weights.kl;
  if (!std::isfinite(loss)) return false;
  counts.sums->add(terms_, {first.sums.data(), terms_.size()}, batch.samples());
  return true;
}

template <class T>
void SmallNetworkExecutor<T>::forward_backward_rows(const Batch& batch,
                                                    const StepSettings& settings, double scale,
                                                    const IndexRange& rows, Workspace& own,
                                                    PhaseTimer& timer) const {
  std::ranges::fill(own.sums, 0.0);
  if (rows.count == 0) return own.gradient.tensor.zero_(), void();
  T* values = own.values.data;
  at::Tensor corrupted;
  if (draw_ || objective_.corrupts()) {
    const std::unique_ptr<Noise> noise = batch.noise().part(rows.begin, rows.count);
    const c10::NoGradGuard no_grad;
    if (objective_.corrupts()) {
      batch.copy_rows(rows, own.rows.data);
      corrupted =
          objective_.corrupted(own.rows.tensor.narrow(0, 0, rows.count), *noise).contiguous();
    }
    if (draw_) noise->fill_normal(Purpose::posterior, draw_->width, own.noise.data);
  }
  timer.end(Phase::data);
  for (int64_t begin = 0; begin < rows.count; begin += kBlockRows) {
    const int64_t count = std::min(kBlockRows, rows.count - begin);
    const auto arrange = [&](const T* from, int64_t width, T* to) {
      rows_to_units(count, width, from + begin * width, to);
    };
    T* target = values + target_ * kBlockRows;
    batch.copy_features({rows.begin + begin, count}, kBlockRows, target);
    clear_rest(count, features_, target);
    if (corrupted.defined()) {
      arrange(corrupted.template const_data_ptr<T>(), features_, values + input_ * kBlockRows);
    }
    if (draw_) arrange(own.noise.data, draw_->width, own.unit_noise.data);
    timer.end(Phase::data);
    forward_block(settings, scale, count, own);
    timer.end(Phase::forward);
    backward_block(settings, scale, count, begin > 0, own);
    timer.end(Phase::backward);
  }
}

template <class T>
void SmallNetworkExecutor<T>::forward_block(const StepSettings& settings, double scale,
                                            int64_t count, Workspace& own) const {
  T* values = own.values.data;
  const auto at = [&](Place place) { return values + place * kBlockRows; };
  for (size_t i = 0; i < layers_.size(); ++i) {
    if (draw_ && i == draw_->layer) {
      for_rows(count, draw_->width, [&](int64_t begin, int64_t n) {
        own.sums[static_cast<size_t>(indices_.kl)] +=
            reparameterize(n, at(draw_->mean) + begin, at(draw_->log_variance) + begin,
                           own.unit_noise.data + begin, at(draw_->draw) + begin);
      });
    }
    small_linear_forward(layers_[i].weights, at(layers_[i].input), at(layers_[i].output));
  }
  T* grad_output = own.grad_values.data + output_ * kBlockRows;
  const auto factor = static_cast<T>(settings.weights.reconstruction * loss_.weight * scale);
  for_rows(count, features_, [&](int64_t begin, int64_t n) {
    const LossSums sums = loss_forward_backward(loss_.kind, n, at(output_) + begin,
                                                at(target_) + begin, factor, grad_output + begin);
    own.sums[static_cast<size_t>(indices_.reconstruction)] += sums.error * loss_.weight;
    own.sums[static_cast<size_t>(indices_.squared_error)] += sums.squared_error;
  });
  clear_rest(count, features_, grad_output);
}

template <class T>
void SmallNetworkExecutor<T>::backward_block(const StepSettings& settings, double scale,
                                             int64_t count, bool adds, Workspace& own) const {
  const T* values = own.values.data;
  T* gradient = own.gradient.data;
  const auto at = [&](Place place) { return values + place * kBlockRows; };
  const auto by = [&](Place place) { return own.grad_values.data + place * kBlockRows; };
  for (size_t i = layers_.size(); i-- > 0;) {
    const Layer& layer = layers_[i];
    small_linear_backward(layer.weights,
                          {.x = at(layer.input),
                           .y = at(layer.output),
                           .grad_output = by(layer.output),
                           .grad_input = layer.input == input_ ? nullptr : by(layer.input),
                           .accumulate_grad_input = layer.accumulate_grad_input,
                           .grad_weight = gradient + layer.weight_offset,
                           .grad_bias = gradient + layer.bias_offset,
                           .accumulate_grad_weight = adds});
    if (!draw_ || i != draw_->layer) continue;
    const auto kl_factor = static_cast<T>(settings.weights.kl * scale);
    for_rows(count, draw_->width, [&](int64_t begin, int64_t n) {
      reparameterize_backward(n,
                              {.mean = at(draw_->mean) + begin,
                               .log_variance = at(draw_->log_variance) + begin,
                               .noise = own.unit_noise.data + begin,
                               .grad_sample = by(draw_->draw) + begin,
                               .grad_mean = by(draw_->mean) + begin,
                               .grad_log_variance = by(draw_->log_variance) + begin},
                              kl_factor);
    });
    clear_rest(count, draw_->width, by(draw_->mean));
    clear_rest(count, draw_->width, by(draw_->log_variance));
  }
}

template class SmallNetworkExecutor<float>;
template class SmallNetworkExecutor<double>;

}  // namespace ae
