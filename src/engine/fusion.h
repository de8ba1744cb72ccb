#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "kernels/pointwise.h"
#include "models/operations.h"

namespace ae {

/// activation(weight x + bias)
struct FusedLinear {
  at::Tensor weight;  ///< [out, in], a parameter
  at::Tensor bias;    ///< [out], a parameter
  PointwiseActivation activation;
};

/// activation(convolution of x + bias)
struct FusedConvolution {
  op::Convolution convolution;
  PointwiseActivation activation;
};

/// activation(normalised x * weight + bias), over the features of a row
struct FusedNormalization {
  op::Normalization normalization;
  PointwiseActivation activation;
};

/// A loss that is a sum over values.
struct FusedLoss {
  PointwiseLoss kind = PointwiseLoss::squared_error;
  double weight = 1;  ///< of each value in a row's sum
};

using FusedLayer = std::variant<FusedLinear, FusedConvolution, FusedNormalization>;
using FusedLayers = std::vector<FusedLayer>;

const PointwiseActivation& activation_of(const FusedLayer& layer);

/// A model and its objective as layers with their activations, in the form that fused executors
/// take. Between two layers the shape may change, never the order of values.
struct FusedPlan {
  int64_t features = 0;  ///< values of a row
  FusedLayers encoder;
  FusedLayers latent;  ///< to the code; for a Gaussian posterior mean and log-variance
  std::optional<op::TopK> top_k;
  FusedLayers decoder;
  FusedLoss loss;
  bool l1 = false;                ///< an L1 penalty on the code
  double auxiliary_weight = 0;    ///< of the auxiliary loss of dead latents; 0 without
  bool pre_encoder_bias = false;  ///< the last layer's bias is subtracted from the encoder's input
  /// The first operation that has no fused form, as the config names it; none if all have one.
  std::optional<std::string> unsupported;
};

/// Joins operations to fused layers: a linear layer, convolution or normalisation takes the
/// activation that follows it.
FusedPlan fuse(const Operations& operations);

}  // namespace ae
