#include "engine/fusion.h"

namespace ae {
namespace {

PointwiseActivation& activation_in(FusedLayer& layer) {
  return std::visit([](auto& each) -> PointwiseActivation& { return each.activation; }, layer);
}

class Fuser {
 public:
  explicit Fuser(const Operations& operations) : operations_(operations) {
    plan_.features = operations.shape(Operations::kTarget).front();
  }

  FusedPlan run() {
    for (const Operation& operation : operations_.all()) {
      if (plan_.unsupported) break;
      const bool fits =
          std::visit([&](const auto& kind) { return add(kind, operation); }, operation.kind);
      if (!fits) plan_.unsupported = operation.name;
    }
    check_top_k();
    return std::move(plan_);
  }

 private:
  FusedLayers& layers(const Operation& operation) {
    switch (operation.section) {
      case Operation::Section::encoder:
        return plan_.encoder;
      case Operation::Section::latent:
        return plan_.latent;
      default:
        return plan_.decoder;
    }
  }

  // Each returns false if there is no fused form.

  bool add(const op::Affine& affine, const Operation& operation) {
    if (affine.transposed) return false;
    layers(operation).push_back(
        FusedLinear{.weight = affine.weight, .bias = affine.bias, .activation = {}});
    return true;
  }
  bool add(const op::Convolution& convolution, const Operation& operation) {
    layers(operation).push_back(FusedConvolution{.convolution = convolution, .activation = {}});
    return true;
  }
  bool add(const op::Activation& activation, const Operation& operation) {
    FusedLayers& before = layers(operation);
    if (!activation.pointwise || before.empty()) return false;
    PointwiseActivation& own = activation_in(before.back());
    if (own.kind != PointwiseActivation::Kind::identity) return false;
    own = *activation.pointwise;
    return true;
  }
  bool add(const op::Normalization& normalization, const Operation& operation) {
    const bool of_features = operations_.shape(operation.output).size() == 1;
    if (normalization.by_batch || normalization.groups != 1 || !of_features) return false;
    layers(operation).push_back(
        FusedNormalization{.normalization = normalization, .activation = {}});
    return true;
  }
  bool add(const op::Reshape& /*reshape*/, const Operation& /*operation*/) { return true; }
  bool add(const op::Subtract& /*subtract*/, const Operation& /*operation*/) {
    return plan_.pre_encoder_bias = true;
  }
  bool add(const op::TopK& top_k, const Operation& /*operation*/) {
    plan_.top_k = top_k;
    plan_.auxiliary_weight = top_k.auxiliary_weight;
    return true;
  }
  bool add(const op::GaussianSample& sample, const Operation& /*operation*/) {
    return sample.samples == 1;
  }
  bool add(const op::Reconstruction& loss, const Operation& /*operation*/) {
    plan_.loss = {loss.pointwise.value_or(PointwiseLoss::squared_error), loss.weight};
    return loss.pointwise && !loss.weights_corruption && !loss.importance_weighted;
  }
  bool add(const op::KlDivergence& kl, const Operation& /*operation*/) {
    return !kl.free_bits && !kl.capacity;
  }
  bool add(const op::Sparsity& sparsity, const Operation& /*operation*/) {
    plan_.l1 = sparsity.l1;
    return sparsity.l1 && !plan_.top_k;
  }
  template <class Kind>
  bool add(const Kind& /*kind*/, const Operation& /*operation*/) {
    return false;
  }

  void check_top_k() {
    if (!plan_.top_k || plan_.unsupported) return;
    const bool sums_up =
        !plan_.decoder.empty() && std::holds_alternative<FusedLinear>(plan_.decoder.front());
    if (!sums_up) {
      plan_.unsupported = "a decoder of a sparse code that does not begin with a linear layer";
    }
  }

  const Operations& operations_;
  FusedPlan plan_;
};

}  // namespace

const PointwiseActivation& activation_of(const FusedLayer& layer) {
  return std::visit([](const auto& each) -> const PointwiseActivation& { return each.activation; },
                    layer);
}

FusedPlan fuse(const Operations& operations) { return Fuser(operations).run(); }

}  // namespace ae
