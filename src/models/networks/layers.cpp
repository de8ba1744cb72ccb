#include "models/networks/layers.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/zeros.h>

namespace ae {
namespace {

/// Dropout layers of decoders count from here on, so that their draws are not the encoder's.
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

  at::Tensor forward(const at::Tensor& x, const ForwardContext& /*pass*/) const override {
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
  DropoutLayer(double share, uint32_t index, std::vector<int64_t> shape)
      : Layer("dropout", std::move(shape)), share_(share), index_(index) {}

  ValueId append_to(Operations& operations, ValueId input) const override {
    return operations.add(op::Dropout{share_}, kind(), {input}, output());
  }

  at::Tensor forward(const at::Tensor& x, const ForwardContext& context) const override {
    if (!context.training) return x;
    const int64_t width = values_of(output());
    at::Tensor draws = context.noise->uniform(Purpose::dropout, width, index_);  // [rows, width]
    // Where each row has several codes, each of them has a mask of its own.
    const int64_t codes = x.size(0) / draws.size(0);
    if (codes > 1) draws = context.noise->uniform(Purpose::dropout, codes * width, index_);
    const at::Tensor kept = draws.view(x.sizes()).ge(share_);
    return x * kept.to(x.scalar_type()).div_(1 - share_);
  }

 private:
  double share_;
  uint32_t index_;
};

}  // namespace

std::string option_of(Side side) {
  return side == Side::encoder ? "model.encoder" : "model.decoder";
}

void TailOptions::visit(OptionVisitor& visitor) {
  visitor.part("activation", activation, "What follows each hidden layer.");
  visitor.part("normalization", normalization,
               "What brings each hidden layer's values to a common scale, before its activation.");
  visitor.option("dropout", dropout, proper_fraction(),
                 "Share of each hidden layer's values, after its activation, that are 0 in a "
                 "training step, chosen anew for each row and epoch; the others grow to make up "
                 "for them.");
}

void LayerStack::add_tail(const TailOptions& tail) {
  if (auto normalization = tail.normalization->build(shape().front(), option_of(side_))) {
    add(std::make_shared<NormalizationLayer>(tail.normalization.type(), shape(),
                                             std::move(normalization)));
  }
  add(std::make_shared<ActivationLayer>(tail.activation, shape()));
  if (tail.dropout > 0) {
    const uint32_t first = side_ == Side::encoder ? 0 : kFirstDecoderLayer;
    add(std::make_shared<DropoutLayer>(tail.dropout, first + static_cast<uint32_t>(next_place()),
                                       shape()));
  }
}

LinearLayer::LinearLayer(torch::nn::Linear linear, bool sparse_input)
    : Layer("Linear", {linear->weight.size(0)}),
      linear_(std::move(linear)),
      sparse_input_(sparse_input) {}

at::Tensor LinearLayer::forward(const at::Tensor& x, const ForwardContext& /*pass*/) const {
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

at::Tensor TiedLinearLayer::forward(const at::Tensor& x, const ForwardContext& /*pass*/) const {
  return at::linear(x, source_->weight.t(), bias_);
}

at::Tensor ConditionLayer::forward(const at::Tensor& x, const ForwardContext& context) const {
  return at::cat({x, context.condition}, 1);
}

at::Tensor ReshapeLayer::forward(const at::Tensor& x, const ForwardContext& /*pass*/) const {
  std::vector<int64_t> shape = output();
  shape.insert(shape.begin(), x.size(0));
  const at::Tensor reshaped = x.reshape(shape);
  return shape.size() == 4 ? reshaped.contiguous(at::MemoryFormat::ChannelsLast) : reshaped;
}

}  // namespace ae
