#pragma once

#include <vector>

#include "models/networks/layers.h"

namespace ae {

/// Layer widths of a DenseNetwork.
struct DenseLayout {
  Side side;
  std::vector<int64_t> widths;  ///< of the input, then of each layer's output
  bool activate_last = false;   ///< an activation also follows the last layer
  int64_t classes = 0;          ///< width of ForwardContext::condition, appended to the input
  bool sparse_input = false;    ///< the input may be a SparseCode
};

/// Fully connected layers with activations between them.
class DenseNetwork : public LayerStack {
 public:
  DenseNetwork(const DenseLayout& layout, const NormActivationOptions& norm_activation);

  const std::vector<torch::nn::Linear>& layers() const { return layers_; }

 private:
  std::vector<torch::nn::Linear> layers_;
};

/// Decoder with tied weights: the transposes of the weights of `sources`, in that order.
class TiedDenseNetwork : public LayerStack {
 public:
  TiedDenseNetwork(const std::vector<torch::nn::Linear>& sources,
                   const NormActivationOptions& norm_activation);
};

}  // namespace ae
