#include "engine/narrow_program.h"

#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>

#include "engine/plan/loops.h"
#include "engine/plan/term_loops.h"

namespace ae {
namespace {

using plan::kRowsOfBlock;

/// Calls work(begin, n) for the values of a block's first rows: where the block is full they are
/// one piece.
template <class Work>
void for_rows(int64_t count, int64_t width, const Work& work) {
  if (count == kRowsOfBlock) return work(int64_t{0}, width * kRowsOfBlock);
  for (int64_t unit = 0; unit < width; ++unit) work(unit * kRowsOfBlock, count);
}

/// Of a block's values or gradients, those that are no row's.
template <class T>
void clear_rest(int64_t count, int64_t width, T* values) {
  for (int64_t unit = 0; unit < width && count < kRowsOfBlock; ++unit) {
    std::fill(values + unit * kRowsOfBlock + count, values + (unit + 1) * kRowsOfBlock, T(0));
  }
}

/// Weights of a layer up to which this was found to be faster than FusedProgram.
constexpr int64_t kMostWeights = 2048;

bool is_narrow(const LoweredLayer& layer) {
  const auto* linear = std::get_if<LoweredLinear>(&layer);
  return linear != nullptr && linear->weight.numel() <= kMostWeights &&
         linear->weight.is_contiguous();
}

}  // namespace

bool is_narrow(const LoweredModel& lowered, const Objective& objective) {
  if (lowered.top_k || lowered.l1 || lowered.pre_encoder_bias || objective.counts_active()) {
    return false;
  }
  const auto are_narrow = [](const LoweredLayers& layers) {
    return std::ranges::all_of(layers, [](const LoweredLayer& layer) { return is_narrow(layer); });
  };
  return are_narrow(lowered.encoder) && are_narrow(lowered.latent) && are_narrow(lowered.decoder);
}

template <class T>
NarrowProgram<T>::Numbers::Numbers(int64_t lines, int64_t width)
    : tensor(at::zeros({lines, width}, c10::CppTypeToScalarType<T>::value)),
      data(tensor.template mutable_data_ptr<T>()) {}

template <class T>
NarrowProgram<T>::NarrowProgram(const LoweredModel& lowered, const Objective& objective,
                                FlatParameters& parameters, Team& team)
    : objective_(objective),
      parameters_(parameters),
      team_(team),
      loss_(lowered.loss),
      features_(lowered.features),
      target_(add_units(features_)),
      input_(objective.corrupts() ? add_units(features_) : target_),
      terms_{"loss", "reconstruction"} {
  Place last = input_;
  for (const LoweredLayer& layer : lowered.encoder) last = add_layer(layer, last);
  const Place mean = add_layer(lowered.latent.front(), last);
  if (lowered.latent.size() > 1) {
    // The way back comes here first, and then adds what the mean says.
    layers_.back().adds_by_input = true;
    const Place log_variance = add_layer(lowered.latent.back(), last);
    const int64_t width = layers_.back().weights.outputs;
    draw_ = Draw{layers_.size(), width, mean, log_variance, add_units(width)};
    places_.kl = static_cast<int>(terms_.size());
    terms_.push_back("kl");
  }
  last = draw_ ? draw_->draw : mean;
  for (const LoweredLayer& layer : lowered.decoder) last = add_layer(layer, last);
  output_ = last;
  places_.squared_error = static_cast<int>(terms_.size());
  terms_.push_back("squared_error");

  workspaces_.resize(static_cast<size_t>(team.members()));
  for (Workspace& own : workspaces_) {
    own.values = Numbers(units_, kRowsOfBlock);
    own.by_value = Numbers(units_, kRowsOfBlock);
    if (draw_) own.noise_by_unit = Numbers(draw_->width, kRowsOfBlock);
    own.gradient = Numbers(1, parameters.values().numel());
    // A line of the cache for each, so that threads do not take it from each other.
    own.sums.resize(terms_.size() + 8);
  }
}

template <class T>
NarrowProgram<T>::Place NarrowProgram<T>::add_units(int64_t units) {
  units_ += units;
  return units_ - units;
}

template <class T>
NarrowProgram<T>::Place NarrowProgram<T>::add_layer(const LoweredLayer& lowered, Place input) {
  const auto& layer = std::get<LoweredLinear>(lowered);
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
void NarrowProgram<T>::reserve(int64_t rows) {
  if (rows <= reserved_rows_) return;
  reserved_rows_ = rows;
  const auto members = static_cast<int64_t>(workspaces_.size());
  for (Workspace& own : workspaces_) {
    if (objective_.corrupts()) own.rows = Numbers((rows + members - 1) / members, features_);
    if (draw_) own.noise = Numbers((rows + members - 1) / members, draw_->width);
  }
}

template <class T>
bool NarrowProgram<T>::accumulate(const Batch& batch, const StepSettings& settings, double scale,
                                  const StepCounts& counts) {
  if (!pass(batch, settings, scale, counts)) return false;
  plan::add_scaled(parameters_.values().numel(), T(1), workspaces_.front().gradient.data,
                   parameters_.gradients().template mutable_data_ptr<T>());
  return true;
}

template <class T>
StepProgram::Step NarrowProgram<T>::step(const Batch& batch, const StepSettings& settings,
                                         int64_t step, Optimizer& optimizer,
                                         const StepCounts& counts) {
  if (!pass(batch, settings, 1.0 / static_cast<double>(batch.samples()), counts)) {
    return Step::not_finite;
  }
  Laps laps(counts.times, 0);
  optimizer.update_share(parameters_, {.share = {0, parameters_.values().numel()},
                                       .gradients = workspaces_.front().gradient.data,
                                       .learning_rate = settings.learning_rate,
                                       .step = step});
  laps.end(Phase::update);
  return Step::done;
}

template <class T>
bool NarrowProgram<T>::pass(const Batch& batch, const StepSettings& settings, double scale,
                            const StepCounts& counts) {
  reserve(batch.samples());
  team_.run([&](int member) {
    Laps laps(counts.times, member);
    pass_rows(batch, settings, scale, share_of(batch.samples(), member, team_.members()),
              workspaces_[static_cast<size_t>(member)], laps);
  });
  Workspace& first = workspaces_.front();
  for (size_t member = 1; member < workspaces_.size(); ++member) {
    const Workspace& other = workspaces_[member];
    for (size_t term = 0; term < terms_.size(); ++term) first.sums[term] += other.sums[term];
    plan::add_scaled(parameters_.values().numel(), T(1), other.gradient.data, first.gradient.data);
  }
  double& loss = first.sums[static_cast<size_t>(places_.loss)];
  loss = first.sums[static_cast<size_t>(places_.reconstruction)] * settings.weights.reconstruction;
  if (draw_) loss += first.sums[static_cast<size_t>(places_.kl)] * settings.weights.kl;
  if (!std::isfinite(loss)) return false;
  counts.sums->add(terms_, {first.sums.data(), terms_.size()}, batch.samples());
  return true;
}

template <class T>
void NarrowProgram<T>::pass_rows(const Batch& batch, const StepSettings& settings, double scale,
                                 const Share& rows, Workspace& own, Laps& laps) const {
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
  laps.end(Phase::data);
  for (int64_t begin = 0; begin < rows.count; begin += kRowsOfBlock) {
    const int64_t count = std::min(kRowsOfBlock, rows.count - begin);
    const auto arrange = [&](const T* from, int64_t width, T* to) {
      plan::arrange_by_unit(count, width, from + begin * width, to);
    };
    T* target = values + target_ * kRowsOfBlock;
    batch.copy_features({rows.begin + begin, count}, kRowsOfBlock, target);
    clear_rest(count, features_, target);
    if (corrupted.defined()) {
      arrange(corrupted.template const_data_ptr<T>(), features_, values + input_ * kRowsOfBlock);
    }
    if (draw_) arrange(own.noise.data, draw_->width, own.noise_by_unit.data);
    laps.end(Phase::data);
    go_forward(settings, scale, count, own);
    laps.end(Phase::forward);
    go_back(settings, scale, count, begin > 0, own);
    laps.end(Phase::backward);
  }
}

template <class T>
void NarrowProgram<T>::go_forward(const StepSettings& settings, double scale, int64_t count,
                                  Workspace& own) const {
  T* values = own.values.data;
  const auto at = [&](Place place) { return values + place * kRowsOfBlock; };
  for (size_t i = 0; i < layers_.size(); ++i) {
    if (draw_ && i == draw_->layer) {
      for_rows(count, draw_->width, [&](int64_t begin, int64_t n) {
        own.sums[static_cast<size_t>(places_.kl)] +=
            plan::draw_from_gaussian(n, at(draw_->mean) + begin, at(draw_->log_variance) + begin,
                                     own.noise_by_unit.data + begin, at(draw_->draw) + begin);
      });
    }
    plan::go_forward(layers_[i].weights, at(layers_[i].input), at(layers_[i].output));
  }
  T* by_output = own.by_value.data + output_ * kRowsOfBlock;
  const auto factor = static_cast<T>(settings.weights.reconstruction * loss_.weight * scale);
  for_rows(count, features_, [&](int64_t begin, int64_t n) {
    const plan::LossSums sums = plan::measure_loss(loss_.kind, n, at(output_) + begin,
                                                   at(target_) + begin, factor, by_output + begin);
    own.sums[static_cast<size_t>(places_.reconstruction)] += sums.error * loss_.weight;
    own.sums[static_cast<size_t>(places_.squared_error)] += sums.squared_error;
  });
  clear_rest(count, features_, by_output);
}

template <class T>
void NarrowProgram<T>::go_back(const StepSettings& settings, double scale, int64_t count, bool adds,
                               Workspace& own) const {
  const T* values = own.values.data;
  T* gradient = own.gradient.data;
  const auto at = [&](Place place) { return values + place * kRowsOfBlock; };
  const auto by = [&](Place place) { return own.by_value.data + place * kRowsOfBlock; };
  for (size_t i = layers_.size(); i-- > 0;) {
    const Layer& layer = layers_[i];
    plan::go_back(layer.weights, {.x = at(layer.input),
                                  .y = at(layer.output),
                                  .by_y = by(layer.output),
                                  .by_x = layer.input == input_ ? nullptr : by(layer.input),
                                  .adds_by_x = layer.adds_by_input,
                                  .by_weight = gradient + layer.weight_offset,
                                  .by_bias = gradient + layer.bias_offset,
                                  .adds_by_weight = adds});
    if (!draw_ || i != draw_->layer) continue;
    const auto kl_factor = static_cast<T>(settings.weights.kl * scale);
    for_rows(count, draw_->width, [&](int64_t begin, int64_t n) {
      plan::carry_through_gaussian(n,
                                   {.mean = at(draw_->mean) + begin,
                                    .log_variance = at(draw_->log_variance) + begin,
                                    .noise = own.noise_by_unit.data + begin,
                                    .by_draw = by(draw_->draw) + begin,
                                    .by_mean = by(draw_->mean) + begin,
                                    .by_log_variance = by(draw_->log_variance) + begin},
                                   kl_factor);
    });
    clear_rest(count, draw_->width, by(draw_->mean));
    clear_rest(count, draw_->width, by(draw_->log_variance));
  }
}

template class NarrowProgram<float>;
template class NarrowProgram<double>;

}  // namespace ae
