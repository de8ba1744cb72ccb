#include <algorithm>
#include <functional>
#include <numeric>

#include "models/networks/dense.h"

namespace ae::networks {
namespace {

int64_t product(const std::vector<int64_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

class Mlp : public NetworkSpec {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("hidden", hidden_, between(1, 1 << 20),
                   "Widths of the hidden layers, in the order in which data passes them.");
    visitor.part("activation", activation_, "What follows each hidden layer.");
  }

  std::unique_ptr<NetworkSpec> mirrored() const override {
    auto mirror = std::make_unique<Mlp>(*this);
    std::reverse(mirror->hidden_.begin(), mirror->hidden_.end());
    return mirror;
  }

  std::shared_ptr<Network> build_encoder(const std::vector<int64_t>& shape) const override {
    std::vector<int64_t> widths = hidden_;
    widths.insert(widths.begin(), product(shape));
    return std::make_shared<DenseNetwork>(widths, activation_, /*activate_last=*/true);
  }

  std::shared_ptr<Network> build_decoder(int64_t latent_dim,
                                         const std::vector<int64_t>& shape) const override {
    std::vector<int64_t> widths = hidden_;
    widths.insert(widths.begin(), latent_dim);
    widths.push_back(product(shape));
    return std::make_shared<DenseNetwork>(widths, activation_, /*activate_last=*/false);
  }

  std::shared_ptr<Network> build_tied_decoder(const Network& encoder,
                                              const torch::nn::Linear& projection) const override {
    const auto* dense = dynamic_cast<const DenseNetwork*>(&encoder);
    if (dense == nullptr || !mirrors(*dense)) return nullptr;
    std::vector<torch::nn::Linear> sources = dense->layers();
    sources.push_back(projection);
    return std::make_shared<TiedDenseNetwork>(std::move(sources), activation_);
  }

 protected:
  std::vector<int64_t> hidden_ = {128};
  Part<Activation> activation_{"relu"};

 private:
  bool mirrors(const DenseNetwork& encoder) const {
    if (encoder.layers().size() != hidden_.size()) return false;
    for (size_t i = 0; i < hidden_.size(); ++i) {
      if (encoder.layers()[i]->weight.size(0) != hidden_[hidden_.size() - 1 - i]) return false;
    }
    return true;
  }
};

/// No hidden layer: the projection to the code, and one layer back.
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
  return {"linear", "no hidden layer: one affine map", make_part<NetworkSpec, Linear>};
}

}  // namespace ae::networks
