#include <algorithm>

#include "engine/fused/convolution.h"
#include "engine/fused/elementwise.h"
#include "engine/fused/fused_executor.h"
#include "engine/fused/layer_normalization.h"
#include "engine/fused/linear.h"
#include "engine/fused/top_k.h"

// Translation of a plan model to fused operations.

namespace ae {

using fused::WeightRange;

namespace {

/// Bytes of a tile of rows in all operations together. Operations that run one after another then
/// find their rows in a core's L2 cache.
constexpr int64_t kTileBytes = 1 << 20;

}  // namespace

template <class T>
void FusedExecutor<T>::build(const Autoencoder& model, const FusedPlan& plan) {
  indices_.loss = add_term("loss");
  indices_.reconstruction = add_term("reconstruction");
  if (plan.auxiliary_weight > 0) indices_.auxiliary = add_term("auxiliary");
  if (model.has_prior()) indices_.kl = add_term("kl");
  if (plan.l1) indices_.sparsity = add_term("sparsity");
  indices_.squared_error = add_term("squared_error");
  if (counts_active_) indices_.l0 = add_term("l0");

  const fused::BufferOptions data{.with_gradients = false};
  target_ = &add_buffer(plan.features, data);
  // Without corruption the encoder reads the target itself.
  input_ = objective_.corrupts() ? &add_buffer(plan.features, data) : target_;
  const Buffer& encoded = add_layers(plan.encoder, add_input(plan));
  const std::span<const FusedLayer> decoder = plan.decoder;
  const Buffer& output = plan.top_k ? add_layers(decoder.subspan(1), add_top_k(plan, encoded))
                                    : add_layers(decoder, add_code(plan, encoded));
  if (centred_ != nullptr) {
    dynamic_cast<fused::WeightedPrimitive<T>&>(*primitives_.back()).set_centred_input(*centred_);
  }
  if (dead_latents_) add_auxiliary(plan, output);
  primitives_.push_back(
      std::make_unique<fused::ReconstructionLoss<T>>(plan.loss, output, *target_, indices_));
  int64_t width = 0;
  for (const auto& buffer : buffers_) width += buffer->width();
  const auto bytes = width * static_cast<int64_t>(2 * sizeof(T));  // values and gradients
  schedule_.emplace(primitives_, std::max<int64_t>(kTileBytes / bytes, 1), team_.size());
  for (const auto& operation : primitives_) {
    const auto* weighted = dynamic_cast<const fused::WeightedPrimitive<T>*>(operation.get());
    if (weighted == nullptr) continue;
    for (const WeightRange& range : weighted->weight_ranges()) {
      const bool is_frozen = range.range.begin >= parameters_.trainable_count();
      if (!is_frozen) jobs_.push_back({weighted, range});
    }
  }
  // Longest jobs first, for load balance.
  std::stable_sort(jobs_.begin(), jobs_.end(), [](const WeightJob& a, const WeightJob& b) {
    return a.range.range.count > b.range.range.count;
  });
}

template <class T>
const fused::Buffer<T>& FusedExecutor<T>::add_layers(std::span<const FusedLayer> layers,
                                                     const Buffer& input) {
  const Buffer* last = &input;
  for (const FusedLayer& layer : layers) {
    last = std::visit([&](const auto& each) { return &add_layer(each, *last); }, layer);
  }
  return with_channels(1, *last);
}

template <class T>
const fused::Buffer<T>& FusedExecutor<T>::add_layer(const FusedLinear& layer, const Buffer& input) {
  const Buffer& features = with_channels(1, input);
  const Buffer& output = add_buffer(layer.weight.size(0));
  primitives_.push_back(std::make_unique<fused::Linear<T>>(layer, parameters_, features, output));
  return output;
}

template <class T>
const fused::Buffer<T>& FusedExecutor<T>::add_layer(const FusedConvolution& layer,
                                                    const Buffer& input) {
  const op::Convolution& shape = layer.convolution;
  const int64_t positions = shape.height.output * shape.width.output;
  const bool from_one = shape.height.input * shape.width.input == 1;
  const Buffer& images = with_channels(from_one ? 1 : shape.inputs(), input);
  // The channels of a single position lie in the order of features.
  Buffer& output =
      add_buffer(positions * shape.outputs(), {.channels = positions == 1 ? 1 : shape.outputs()});
  primitives_.push_back(
      std::make_unique<fused::Convolution<T>>(layer, parameters_, images, output, team_.size()));
  return output;
}

template <class T>
const fused::Buffer<T>& FusedExecutor<T>::add_layer(const FusedNormalization& layer,
                                                    const Buffer& input) {
  const Buffer& features = with_channels(1, input);
  const Buffer& output = add_buffer(features.width());
  primitives_.push_back(
      std::make_unique<fused::LayerNormalization<T>>(layer, parameters_, features, output));
  return output;
}

template <class T>
const fused::Buffer<T>& FusedExecutor<T>::with_channels(int64_t channels, const Buffer& input) {
  if (input.channels() == channels) return input;
  // From channels-last images to others with another number of channels.
  if (input.channels() > 1 && channels > 1) {
    return with_channels(channels, with_channels(1, input));
  }
  Buffer& output =
      add_buffer(input.width(), {.channels = channels, .with_gradients = input.has_gradients()});
  primitives_.push_back(std::make_unique<fused::ChannelTranspose<T>>(input, output));
  return output;
}

template <class T>
const fused::Buffer<T>& FusedExecutor<T>::add_input(const FusedPlan& plan) {
  if (!plan.pre_encoder_bias) return *input_;
  centred_ = &add_buffer(plan.features);
  const at::Tensor& bias = std::get<FusedLinear>(plan.decoder.back()).bias;
  const T* values =
      parameters_.values().template const_data_ptr<T>() + parameters_.slice_of(bias).offset;
  primitives_.push_back(std::make_unique<fused::SubtractBias<T>>(values, *input_, *centred_));
  return *centred_;
}

template <class T>
const fused::Buffer<T>& FusedExecutor<T>::add_code(const FusedPlan& plan, const Buffer& features) {
  const Buffer& mean = add_layers({&plan.latent.front(), 1}, features);
  if (plan.latent.size() == 1) {
    if (plan.l1 || counts_active_) {
      primitives_.push_back(
          std::make_unique<fused::CodePenalty<T>>(mean, indices_.sparsity, indices_.l0));
    }
    return mean;
  }
  // The backward pass reaches the log-variance first; the mean then accumulates.
  static_cast<fused::Linear<T>&>(*primitives_.back()).accumulate_input_gradient();
  const Buffer& log_variance = add_layers({&plan.latent.back(), 1}, features);
  const Buffer& sample = add_buffer(mean.width());
  primitives_.push_back(
      std::make_unique<fused::ReparameterizedSample<T>>(mean, log_variance, sample, indices_.kl));
  return sample;
}

template <class T>
const fused::Buffer<T>& FusedExecutor<T>::add_top_k(const FusedPlan& plan, const Buffer& features) {
  const auto& projection = std::get<FusedLinear>(plan.latent.front());
  const auto& decoder = std::get<FusedLinear>(plan.decoder.front());
  active_latents_ =
      std::make_unique<fused::ActiveLatents<T>>(projection.weight.size(0), plan.top_k->k);
  auto top_k = std::make_unique<fused::TopK<T>>(projection, *plan.top_k, parameters_, features,
                                                *active_latents_, team_.size(), indices_.l0);
  const Buffer& output = add_buffer(decoder.weight.size(0));
  auto sparse_linear =
      std::make_unique<fused::SparseLinear<T>>(decoder, parameters_, *active_latents_, output);
  if (plan.auxiliary_weight > 0) {
    dead_latents_ =
        std::make_unique<fused::DeadLatents<T>>(projection.weight.size(0), plan.top_k->auxiliary_k);
    auxiliary_reconstruction_ = &add_buffer(output.width());
    top_k->set_dead_latents(*dead_latents_);
    sparse_linear->set_auxiliary_code(dead_latents_->code(), *auxiliary_reconstruction_);
  }
  primitives_.push_back(std::move(top_k));
  primitives_.push_back(std::move(sparse_linear));
  return output;
}

template <class T>
void FusedExecutor<T>::add_auxiliary(const FusedPlan& plan, const Buffer& output) {
  primitives_.push_back(std::make_unique<fused::AuxiliaryLoss<T>>(
      std::get<FusedLinear>(plan.decoder.front()), parameters_,
      typename fused::AuxiliaryLoss<T>::Weights{
          .error = plan.loss.weight, .term = plan.auxiliary_weight, .index = indices_.auxiliary},
      output, *target_, *dead_latents_, *auxiliary_reconstruction_));
}

template <class T>
fused::Buffer<T>& FusedExecutor<T>::add_buffer(int64_t width, const fused::BufferOptions& options) {
  return *buffers_.emplace_back(std::make_unique<Buffer>(width, options));
}

template <class T>
int FusedExecutor<T>::add_term(const char* name) {
  terms_.push_back(name);
  return static_cast<int>(terms_.size()) - 1;
}

template void FusedExecutor<float>::build(const Autoencoder&, const FusedPlan&);
template void FusedExecutor<double>::build(const Autoencoder&, const FusedPlan&);

}  // namespace ae
