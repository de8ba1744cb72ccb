#pragma once

#include <vector>

#include "models/networks/layers.h"

namespace ae {

/// What a DenseNetwork is made of.
struct DenseLayout {
  Side side;
  std::vector<int64_t> widths;  ///< of the input and of each layer's output
  bool activate_last = false;   ///< an activation also follows the last layer
  int64_t classes = 0;          ///< the input is followed by Pass::condition, which is so wide
  bool sparse_input = false;    ///< few of many inputs are not 0
};

/// Fully connected layers with an activation between them.
class DenseNetwork : public LayerStack {
 public:
  DenseNetwork(const DenseLayout& layout, const TailOptions& tail);

  const std::vector<torch::nn::Linear>& layers() const { return layers_; }

 private:
  std::vector<torch::nn::Linear> layers_;
};

/// The layers of a DenseNetwork and a projection, backwards, by their transposed weights.
class TiedDenseNetwork : public LayerStack {
 public:
  TiedDenseNetwork(const std::vector<torch::nn::Linear>& sources, const TailOptions& tail);
};

}  // namespace ae
