#include <algorithm>

#include "models/networks/dense.h"

namespace ae::networks {
namespace {

class Mlp : public NetworkSpec {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("hidden", hidden_, between(1, 1 << 20),
                   "Widths of the hidden layers, in forward order.");
    norm_activation_.visit(visitor);
  }

  std::unique_ptr<NetworkSpec> mirrored() const override {
    auto mirror = std::make_unique<Mlp>(*this);
    std::reverse(mirror->hidden_.begin(), mirror->hidden_.end());
    return mirror;
  }

  std::shared_ptr<Network> build_encoder(const InputInfo& input) const override {
    DenseLayout layout{.side = Side::encoder, .widths = hidden_, .activate_last = true};
    layout.widths.insert(layout.widths.begin(), input.width());
    layout.classes = input.classes;
    return std::make_shared<DenseNetwork>(layout, norm_activation_);
  }

  std::shared_ptr<Network> build_decoder(const CodeInfo& code,
                                         const InputInfo& input) const override {
    DenseLayout layout{.side = Side::decoder, .widths = hidden_, .sparse_input = code.sparse};
    layout.widths.insert(layout.widths.begin(), code.width);
    layout.widths.push_back(input.width());
    return std::make_shared<DenseNetwork>(layout, norm_activation_);
  }

  std::shared_ptr<Network> build_tied_decoder(const Network& encoder,
                                              const torch::nn::Linear& projection) const override {
    const std::vector<torch::nn::Linear> sources = mirrored_layers(encoder, projection);
    if (sources.empty()) return nullptr;
    return std::make_shared<TiedDenseNetwork>(sources, norm_activation_);
  }

  bool copy_transposed(const Network& encoder, const torch::nn::Linear& projection,
                       Network& decoder) const override {
    const std::vector<torch::nn::Linear> sources = mirrored_layers(encoder, projection);
    const std::vector<torch::nn::Linear>& layers = dynamic_cast<DenseNetwork&>(decoder).layers();
    for (size_t i = 0; i < sources.size(); ++i) {
      // The encoder may have further inputs, which tell of missing values.
      const at::Tensor& weight = layers[i]->weight;
      weight.copy_(sources[i]->weight.t().narrow(0, 0, weight.size(0)));
    }
    return !sources.empty();
  }

 protected:
  std::vector<int64_t> hidden_ = {128};
  NormActivationOptions norm_activation_;

 private:
  /// The projection and the encoder's layers in reverse: sources of the transposed weights of a
  /// decoder of this shape; empty if the encoder's shape differs.
  std::vector<torch::nn::Linear> mirrored_layers(const Network& encoder,
                                                 const torch::nn::Linear& projection) const {
    const auto* dense = dynamic_cast<const DenseNetwork*>(&encoder);
    if (dense == nullptr || dense->layers().size() != hidden_.size()) return {};
    std::vector<torch::nn::Linear> layers = {projection};
    for (size_t i = 0; i < hidden_.size(); ++i) {
      layers.push_back(dense->layers()[hidden_.size() - 1 - i]);
      if (layers.back()->weight.size(0) != hidden_[i]) return {};
    }
    return layers;
  }
};

/// No hidden layer: an encoder is only the latent's projection, a decoder a single layer.
class Linear : public Mlp {
 public:
  Linear() { hidden_.clear(); }
  void visit(OptionVisitor& /*visitor*/) override {}
  std::unique_ptr<NetworkSpec> mirrored() const override { return std::make_unique<Linear>(*this); }
};

}  // namespace

PartEntry<NetworkSpec> mlp() {
  return {"mlp", "fully connected layers", make_part<NetworkSpec, Mlp>};
}

PartEntry<NetworkSpec> linear() {
  return {"linear", "no hidden layer: a single affine map", make_part<NetworkSpec, Linear>};
}

}  // namespace ae::networks
