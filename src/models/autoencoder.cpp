#include "models/autoencoder.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/one_hot.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "core/error.h"
#include "models/column_losses.h"
#include "models/networks/sequence.h"
#include "models/reconstructions/mixed.h"
#include "models/repeat_rows.h"
#include "models/weight_limit.h"

namespace ae {
namespace {

/// Condition repeated for n codes, the codes of a row adjacent. [n, classes]
at::Tensor condition_of(const ForwardContext& context, int64_t n) {
  return repeat_rows(context.condition, n / context.condition.size(0));
}

/// Mask of the features with a loss of counts of their own. [D] bool; undefined if there are none.
DeviceConstant counts_of(const ReconstructionPart& reconstruction, const InputInfo& output) {
  if (!reconstruction.by_column) return {};
  at::Tensor mask = at::zeros({output.width()}, at::kBool);
  for (const ColumnLoss& loss : column_losses(reconstruction, output)) {
    if (!is_of_counts(loss) || loss.spec == reconstruction.share()) continue;
    mask.index_fill_(0, at::tensor(loss.features, at::kLong), true);
  }
  return mask.any().item<bool>() ? DeviceConstant(mask) : DeviceConstant();
}

/// A frozen network computes as in evaluation.
ForwardContext context_for(const ForwardContext& context, bool is_frozen) {
  ForwardContext own = context;
  own.training = context.training && !is_frozen;
  return own;
}

}  // namespace

void normalize_columns(const at::Tensor& matrix) {
  matrix.div_(matrix.norm(2, /*dim=*/0, /*keepdim=*/true).clamp_min_(1e-8));
}

Autoencoder::Autoencoder(const ModelOptions& model, const ObjectiveOptions& objective,
                         const InputInfo& input, uint64_t seed)
    : latent_dim_(model.latent_dim),
      classes_(model.conditional ? input.classes : 0),
      inputs_(input.width()),
      has_own_target_(input.target != nullptr),
      has_prior_(model.latent->has_prior()),
      input_transform_(input_transform_of(model.input_transform)),
      pre_encoder_bias_(model.pre_encoder_bias),
      unit_norm_decoder_(model.unit_norm_decoder),
      freezes_encoder_(model.freezes("encoder")),
      freezes_decoder_(model.freezes("decoder")) {
  const WeightLimit limit;
  InputInfo seen = input;
  seen.classes = classes_;
  encoder_ = register_module("encoder", build_encoder(model, seen));
  latent_ = register_module("latent", model.latent->build(encoder_->outputs(), latent_dim_));
  if (objective.contractive_weight > 0 && encoder_->couples_rows()) {
    throw usage_error(
        "objective.contractive_weight contradicts model.encoder.normalization \"batch\", which "
        "makes a code depend on the other rows of the batch; take \"layer\", \"group\" or "
        "\"none\"");
  }
  build_decoder(model, seen);
  const InputInfo& output = input.output();
  const bool one_loss =
      !output.has_categories() && !output.gaps && !objective.reconstruction.by_column;
  reconstruction_ = register_module(
      "reconstruction",
      one_loss ? objective.reconstruction->build(output.width())
               : std::make_shared<MixedReconstruction>(objective.reconstruction, output));
  if (!has_own_target_ && input_transform_ == InputTransform::none) {
    count_features_ = counts_of(objective.reconstruction, output);
  }
  if (model.decoder.output_activation.type() != "identity" &&
      !objective.reconstruction->has_link()) {
    output_activation_ = model.decoder.output_activation.share();
    output_activation_name_ = model.decoder.output_activation.type();
  }
  initialize(model, input, seed);
}

Posterior Autoencoder::encode(const at::Tensor& x, const ForwardContext& context) {
  at::Tensor input = transformed(input_transform_, gaps_ ? gaps_->filled(x) : x);
  if (count_features_.defined()) {
    const at::Tensor& counts = count_features_.on(x.device());
    input = at::where(counts, transformed(InputTransform::log1p, input), input);
  }
  if (pre_encoder_bias_) input = input - decoder_->output_bias();
  if (gaps_) input = gaps_->with_indicators(input, x);
  if (context.watch != nullptr) context.watch->enter("encoder");
  const at::Tensor features =
      encoder_->forward(input, context_for(context, freezes_encoder_)).to(parameter_type());
  Posterior posterior = latent_->posterior(features, context);
  if (context.watch != nullptr) {
    context.watch->enter("latent");
    context.watch->see("", posterior.sparse ? posterior.sparse->values : posterior.mean);
    if (has_prior_) context.watch->see("log_variance", posterior.log_variance);
    context.watch->enter("decoder");
  }
  return posterior;
}

at::Tensor Autoencoder::sample(const Posterior& posterior, const Noise& noise,
                               int64_t samples) const {
  return latent_->sample(posterior, noise, samples);
}

at::Tensor Autoencoder::decode(const at::Tensor& code, const ForwardContext& context) {
  const at::Tensor input =
      classes_ > 0 ? at::cat({code, condition_of(context, code.size(0))}, 1) : code;
  const at::Tensor output =
      decoder_->forward(input, context_for(context, freezes_decoder_)).to(parameter_type());
  return output_activation_ ? output_activation_->forward(output) : output;
}

at::Tensor Autoencoder::decode(const Posterior& posterior, const ForwardContext& context) {
  if (!posterior.sparse || classes_ > 0) return decode(posterior.code(), context);
  const at::Tensor output =
      decoder_->forward_sparse(*posterior.sparse, context_for(context, freezes_decoder_))
          .to(parameter_type());
  return output_activation_ ? output_activation_->forward(output) : output;
}

at::Tensor Autoencoder::decode_to_data(const at::Tensor& code, const ForwardContext& context) {
  return reconstruction_->mean(decode(code, context));
}

at::Tensor Autoencoder::reconstruct(const at::Tensor& code, const at::Tensor& target,
                                    const ForwardContext& context) {
  return reconstruction_->mean_given(decode(code, context), target);
}

at::ScalarType Autoencoder::parameter_type() const {
  return latent_->projection()->weight.scalar_type();
}

int64_t Autoencoder::parameter_count() const {
  int64_t count = 0;
  for (const at::Tensor& parameter : parameters()) count += parameter.numel();
  return count;
}

at::Tensor Autoencoder::dictionary() const {
  return decoder_->first_weight().narrow(1, 0, latent_dim_);
}

at::Tensor Autoencoder::code_derivative(const at::Tensor& code) const {
  const bool linear = encoder_->parameters().empty() && input_transform_ == InputTransform::none &&
                      !count_features_.defined();
  return linear ? latent_->derivative_at(code) : at::Tensor();
}

at::Tensor Autoencoder::combine(const SparseCode& code) const {
  const at::Tensor weight = decoder_->first_weight();
  return sparse_linear(code, weight, at::zeros({weight.size(0)}, weight.options()));
}

at::Tensor Autoencoder::condition(const at::Tensor& labels) const {
  if (classes_ == 0) return {};
  return at::one_hot(labels, classes_).to(parameter_type());
}

void Autoencoder::normalize_dictionary() {
  const c10::NoGradGuard no_grad;
  normalize_columns(dictionary());
}

void Autoencoder::project_dictionary_gradient() {
  const c10::NoGradGuard no_grad;
  const at::Tensor weight = dictionary();
  at::Tensor gradient = decoder_->first_weight().grad().narrow(1, 0, latent_dim_);
  // Columns have length 1, so this is the gradient's projection onto them.
  gradient.sub_(weight * (gradient * weight).sum(0, /*keepdim=*/true));
}

Autoencoder::Values Autoencoder::append_to(Operations& operations, int64_t samples) const {
  using Section = Operation::Section;
  operations.begin(Section::encoder);
  ValueId value = Operations::kInput;
  if (has_own_target_) {
    value = operations.add(op::Other{}, "data.train.target", {value}, operations.shape(value));
  }
  if (input_transform_ != InputTransform::none) {
    const auto name = input_transform_names()[static_cast<size_t>(input_transform_)];
    value = operations.add(op::Other{}, "model.input_transform " + name, {value},
                           operations.shape(value));
  }
  if (count_features_.defined()) {
    value = operations.add(op::Other{}, "objective.reconstruction.by_column", {value},
                           operations.shape(value));
  }
  if (pre_encoder_bias_) {
    value = operations.add(op::Subtract{decoder_->output_bias()}, "model.pre_encoder_bias", {value},
                           operations.shape(value));
  }
  if (gaps_) {
    value = operations.add(op::Other{}, "data.missing mask", {value},
                           {operations.shape(value).front() + gaps_->indicators()});
  }
  const ValueId features = encoder_->append_to(operations, value);
  operations.begin(Section::latent);
  const LatentValues latent = latent_->append_to(operations, features);
  value = latent.code;
  if (latent.log_variance) {
    value = operations.add(op::GaussianSample{samples}, "objective.posterior_samples",
                           {latent.code, *latent.log_variance}, {latent_dim_});
  }
  operations.begin(Section::decoder);
  if (classes_ > 0) {
    value = operations.add(op::Concatenate{classes_}, "model.conditional", {value},
                           {latent_dim_ + classes_});
  }
  value = decoder_->append_to(operations, value);
  if (output_activation_) {
    value = operations.add(op::Activation{output_activation_->pointwise()},
                           "model.decoder.output_activation " + output_activation_name_, {value},
                           operations.shape(value));
  }
  return {latent, value};
}

int64_t Autoencoder::widest() const {
  int64_t widest = decoder_->outputs();
  for (const LayerSummary& layer : describe()) widest = std::max(widest, values_of(layer.output));
  return widest;
}

std::vector<LayerSummary> Autoencoder::describe() const {
  std::vector<LayerSummary> layers;
  encoder_->describe("encoder", layers);
  latent_->describe("latent", layers);
  decoder_->describe("decoder", layers);
  if (output_activation_) {
    layers.push_back({"decoder", output_activation_name_, {decoder_->outputs()}, 0});
  }
  int64_t parameters = 0;
  for (const at::Tensor& parameter : reconstruction_->parameters()) parameters += parameter.numel();
  if (parameters > 0) layers.push_back({"reconstruction", "scale", {}, parameters});
  return layers;
}

}  // namespace ae
