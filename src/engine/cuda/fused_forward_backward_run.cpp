#include "engine/cuda/fused_forward_backward_run.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>

namespace ae::cuda {

void FusedForwardBackward::Run::forward() {
  if (pass_.is_gaussian()) {
    pass_.branches_.run([&] {
      noise_ = inputs_.noise.normal(Purpose::posterior, pass_.latent_.front().bias.size(0));
    });
  }
  at::Tensor last = pass_.objective_.corrupted(inputs_.rows.input, inputs_.noise);
  for (const Layer& layer : pass_.encoder_) last = forward_layer(layer, last);
  features_ = last;
  const Layer& projection = pass_.latent_.front();
  code_ = empty(projection.bias.size(0));
  if (pass_.is_gaussian()) {
    log_variance_ = at::empty_like(code_);
    linear_.forward({{&projection, code_}, {&pass_.latent_.back(), log_variance_}}, features_);
    sample();
  } else {
    linear_.forward({{&projection, code_}}, features_);
  }
  last = pass_.is_gaussian() ? sample_ : code_;
  // The output of the last layer is computed with the loss.
  for (size_t i = 0; i + 1 < pass_.decoder_.size(); ++i)
    last = forward_layer(pass_.decoder_[i], last);
  layer_inputs_.push_back(last);
}

void FusedForwardBackward::Run::backward() {
  at::Tensor gradient = loss_forward_backward();
  for (size_t i = pass_.decoder_.size(); i-- > 1;) {
    gradient = backward_layer(pass_.decoder_[i], gradient, pass_.decoder_[i - 1].activation);
  }
  gradient = backward_code(gradient);
  if (!gradient.defined()) return pass_.branches_.join();
  for (size_t i = pass_.encoder_.size(); i-- > 1;) {
    gradient = backward_layer(pass_.encoder_[i], gradient, pass_.encoder_[i - 1].activation);
  }
  linear_.add_weight_gradients({{&pass_.encoder_.front(), gradient}}, layer_inputs_.front());
  pass_.branches_.join();
}

at::Tensor FusedForwardBackward::Run::forward_layer(const Layer& layer, const at::Tensor& input) {
  const at::Tensor output = empty(layer.bias.size(0));
  linear_.forward({{&layer, output}}, input);
  layer_inputs_.push_back(input);
  return output;
}

void FusedForwardBackward::Run::sample() {
  pass_.branches_.join();
  sample_ = at::empty_like(code_);
  const unsigned blocks = blocks_of(code_.numel());
  const at::Tensor sums = at::empty({blocks}, pass_.weights_.options());
  pass_.kernels_.reparameterize(blocks, kThreads, code_.numel(), data(code_), data(log_variance_),
                                data(noise_), mutable_data(sample_),
                                sums.mutable_data_ptr<double>());
  add_sums(sums, 0, 1, {pass_.kl_index_, weight(kKl)});
}

at::Tensor FusedForwardBackward::Run::loss_forward_backward() {
  const at::Tensor gradient = empty(inputs_.rows.target.size(1));
  const at::Tensor sums = linear_.loss_forward_backward(pass_.decoder_.back(), layer_inputs_.back(),
                                                        inputs_.rows.target,
                                                        {.loss = static_cast<int>(pass_.loss_.kind),
                                                         .weight = weight(kReconstruction),
                                                         .scale = scale_ * pass_.loss_.weight},
                                                        gradient);
  add_sums(sums, 0, 2, {pass_.reconstruction_index_, weight(kReconstruction), pass_.loss_.weight});
  add_sums(sums, 1, 2, {pass_.squared_error_index_});
  if (!pass_.has_code_penalty_) sum_terms();
  return gradient;
}

at::Tensor FusedForwardBackward::Run::backward_layer(const Layer& layer, const at::Tensor& gradient,
                                                     const ActivationArguments& before) {
  const at::Tensor input = take_input();
  const at::Tensor grad_input = empty(input.size(1));
  add_weight_gradients({{&layer, gradient}}, input,
                       [&] { linear_.backward({{&layer, gradient}}, before, input, grad_input); });
  return grad_input;
}

at::Tensor FusedForwardBackward::Run::backward_code(const at::Tensor& gradient) {
  const Layer& decoder = pass_.decoder_.front();
  const Layer& projection = pass_.latent_.front();
  const at::Tensor input = take_input();
  const at::Tensor grad_code = empty(code_.size(1));
  const at::Tensor grad_log_variance =
      pass_.is_gaussian() ? at::empty_like(grad_code) : at::Tensor();
  add_weight_gradients({{&decoder, gradient}}, input, [&] {
    if (pass_.is_gaussian()) {
      backward_gaussian({&decoder, gradient}, grad_code, grad_log_variance);
    } else {
      backward_deterministic({&decoder, gradient}, grad_code);
    }
  });
  return pass_.is_gaussian() ? backward_latent({{&projection, grad_code},
                                                {&pass_.latent_.back(), grad_log_variance}})
                             : backward_latent({{&projection, grad_code}});
}

void FusedForwardBackward::Run::backward_gaussian(const LayerRows& decoder,
                                                  const at::Tensor& grad_mean,
                                                  const at::Tensor& grad_log_variance) {
  const ActivationArguments& activation = pass_.latent_.front().activation;
  linear_.backward(decoder, {.activation = activation.kind,
                             .slope = activation.negative_slope,
                             .weight = weight(kKl),
                             .scale = scale_,
                             .mean = data(code_),
                             .log_variance = data(log_variance_),
                             .noise = data(noise_),
                             .grad_mean = mutable_data(grad_mean),
                             .grad_log_variance = mutable_data(grad_log_variance)});
}

void FusedForwardBackward::Run::backward_deterministic(const LayerRows& decoder,
                                                       const at::Tensor& grad_code) {
  const ActivationArguments& activation = pass_.latent_.front().activation;
  if (!pass_.has_code_penalty_) return linear_.backward({decoder}, activation, code_, grad_code);
  linear_.backward({decoder}, {}, code_, grad_code);
  code_penalty(grad_code);
  pass_.kernels_.activation_backward(blocks_of(grad_code.numel()), kThreads, grad_code.numel(),
                                     activation.kind, activation.negative_slope, data(code_),
                                     mutable_data(grad_code));
}

at::Tensor FusedForwardBackward::Run::backward_latent(LayerRowsList latent) {
  if (pass_.encoder_.empty()) {
    add_weight_gradients(latent, features_, [] {});
    return {};
  }
  const at::Tensor grad_features = empty(features_.size(1));
  add_weight_gradients(latent, features_, [&] {
    linear_.backward(latent, pass_.encoder_.back().activation, features_, grad_features);
  });
  return grad_features;
}

at::Tensor FusedForwardBackward::Run::take_input() {
  at::Tensor input = layer_inputs_.back();
  layer_inputs_.pop_back();
  return input;
}

template <class On>
void FusedForwardBackward::Run::add_weight_gradients(LayerRowsList layers, const at::Tensor& input,
                                                     const On& on) {
  kept_.push_back(input);
  for (const LayerRows& each : layers) kept_.push_back(each.rows);
  pass_.branches_.run(on, [&] { linear_.add_weight_gradients(layers, input); });
}

void FusedForwardBackward::Run::code_penalty(const at::Tensor& gradient) {
  const unsigned blocks = blocks_of(code_.numel());
  const at::Tensor sums = at::empty({2 * static_cast<int64_t>(blocks)}, pass_.weights_.options());
  pass_.kernels_.code_penalty(blocks, kThreads, code_.numel(), data(code_), weight(kSparsity),
                              pass_.sparsity_index_ < 0 ? 0 : scale_, mutable_data(gradient),
                              sums.mutable_data_ptr<double>());
  if (pass_.sparsity_index_ >= 0) add_sums(sums, 0, 2, {pass_.sparsity_index_, weight(kSparsity)});
  if (pass_.l0_index_ >= 0) add_sums(sums, 1, 2, {pass_.l0_index_});
  sum_terms();
}

void FusedForwardBackward::Run::add_sums(const at::Tensor& sums, int64_t first, int stride,
                                         const TermOfSums& term) {
  kept_.push_back(sums);
  list_.sums[static_cast<size_t>(list_.count++)] = {
      .first = sums.const_data_ptr<double>() + first,
      .count = static_cast<int>(sums.numel() / stride),
      .stride = stride,
      .factor = term.factor,
      .weight = term.weight,
      .index = term.index};
}

void FusedForwardBackward::Run::sum_terms() {
  terms_ = at::empty({static_cast<int64_t>(pass_.terms_.size())}, pass_.weights_.options());
  pass_.branches_.run(
      [&] { pass_.kernels_.sum_terms(1, kThreads, list_, terms_.mutable_data_ptr<double>()); });
}

}  // namespace ae::cuda
