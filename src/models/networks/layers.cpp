#include "models/networks/layers.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/zeros.h>

namespace ae {
namespace {

/// Index offset of a decoder's dropout layers, so that their random streams differ from the
/// encoder's.
constexpr uint32_t kFirstDecoderLayer = 1U << 16;

class NormalizationLayer : public Layer {
 public:
  NormalizationLayer(const std::string& type, std::vector<int64_t> shape,
                     std::shared_ptr<Normalization> normalization)
      : Layer(type + " norm", std::move(shape)), normalization_(std::move(normalization)) {}

  at::Tensor forward(const at::Tensor& x, const ForwardContext& context) const override {
    return normalization_->forward(x, context);
  }
  std::shared_ptr<torch::nn::Module> module() const override { return normalization_; }
  bool couples_rows() const override { return normalization_->couples_rows(); }
  ValueId append_to(Operations& operations, ValueId input) const override {
    return operations.add(normalization_->operation(), kind(), {input}, output());
  }

 private:
  std::shared_ptr<Normalization> normalization_;
};

class ActivationLayer : public Layer {
 public:
  ActivationLayer(const Part<Activation>& activation, std::vector<int64_t> shape)
      : Layer(activation.type(), std::move(shape)), activation_(activation.share()) {}

  at::Tensor forward(const at::Tensor& x, const ForwardContext& /*context*/) const override {
    return activation_->forward(x);
  }
  ValueId append_to(Operations& operations, ValueId input) const override {
    return operations.add(op::Activation{activation_->pointwise()}, kind(), {input}, output());
  }

 private:
  std::shared_ptr<const Activation> activation_;
};

/// Source: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from
/// overfitting".
class DropoutLayer : public Layer {
 public:
  DropoutLayer(double probability, uint32_t index, std::vector<int64_t> shape)
      : Layer("dropout", std::move(shape)), probability_(probability), index_(index) {}

  ValueId append_to(Operations& operations, ValueId input) const override {
    return operations.add(op::Dropout{probability_}, kind(), {input}, output());
  }

  at::Tensor forward(const at::Tensor& x, const ForwardContext& context) const override {
    if (!context.training) return x;
    const int64_t width = values_of(output());
    at::Tensor u = context.noise->uniform(Purpose::dropout, width, index_);  // [rows, width]
    // With several posterior samples per row, each has a mask of its own.
    const int64_t samples = x.size(0) / u.size(0);
    if (samples > 1) u = context.noise->uniform(Purpose::dropout, samples * width, index_);
    const at::Tensor kept = u.view(x.sizes()).ge(probability_);
    return x * kept.to(x.scalar_type()).div_(1 - probability_);
  }

 private:
  double probability_;
  uint32_t index_;
};

}  // namespace

std::string option_of(Side side) {
  return side == Side::encoder ? "model.encoder" : "model.decoder";
}

void NormActivationOptions::visit(OptionVisitor& visitor) {
  visitor.part("activation", activation, "Activation after each hidden layer.");
  visitor.part("normalization", normalization,
               "Normalisation of each hidden layer's output, before its activation.");
  visitor.option("dropout", dropout, proper_fraction(),
                 "Dropout probability after each hidden layer's activation, in training only; kept "
                 "values are scaled by 1 / (1 - dropout).");
}

void LayerStack::add_norm_activation(const NormActivationOptions& options) {
  if (auto normalization = options.normalization->build(shape().front(), option_of(side_))) {
    add(std::make_shared<NormalizationLayer>(options.normalization.type(), shape(),
                                             std::move(normalization)));
  }
  add(std::make_shared<ActivationLayer>(options.activation, shape()));
  if (options.dropout > 0) {
    const uint32_t first = side_ == Side::encoder ? 0 : kFirstDecoderLayer;
    add(std::make_shared<DropoutLayer>(options.dropout, first + static_cast<uint32_t>(next_index()),
                                       shape()));
  }
}

LinearLayer::LinearLayer(torch::nn::Linear linear, bool sparse_input)
    : Layer("Linear", {linear->weight.size(0)}),
      linear_(std::move(linear)),
      sparse_input_(sparse_input) {}

at::Tensor LinearLayer::forward(const at::Tensor& x, const ForwardContext& /*context*/) const {
  return at::linear(x, linear_->weight, linear_->bias);
}

at::Tensor LinearLayer::forward_sparse(const SparseCode& code,
                                       const ForwardContext& context) const {
  if (!sparse_input_) return forward(code.dense(), context);
  return sparse_linear(code, linear_->weight, linear_->bias);
}

TiedLinearLayer::TiedLinearLayer(torch::nn::Linear source)
    : Layer("Linear (tied)", {source->weight.size(1)}),
      source_(std::move(source)),
      module_(std::make_shared<torch::nn::Module>()),
      bias_(module_->register_parameter("bias", at::zeros({source_->weight.size(1)}))) {}

at::Tensor TiedLinearLayer::forward(const at::Tensor& x, const ForwardContext& /*context*/) const {
  return at::linear(x, source_->weight.t(), bias_);
}

at::Tensor ConditionLayer::forward(const at::Tensor& x, const ForwardContext& context) const {
  return at::cat({x, context.condition}, 1);
}

at::Tensor ReshapeLayer::forward(const at::Tensor& x, const ForwardContext& /*context*/) const {
  std::vector<int64_t> shape = output();
  shape.insert(shape.begin(), x.size(0));
  const at::Tensor reshaped = x.reshape(shape);
  return shape.size() == 4 ? reshaped.contiguous(at::MemoryFormat::ChannelsLast) : reshaped;
}

}  // namespace ae
