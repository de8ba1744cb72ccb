#pragma once

#include <vector>

#include "engine/cuda/fused_forward_backward.h"

namespace ae::cuda {

/// Indices of the terms' weights on the device.
enum Weight { kReconstruction, kKl, kSparsity, kWeights };

/// One forward and backward pass of a batch. Tensors live until all branches have joined.
class FusedForwardBackward::Run {
 public:
  /// All must outlive this.
  Run(FusedForwardBackward& pass, const StepInputs& inputs, double scale)
      : pass_(pass),
        linear_(pass.linear_),
        inputs_(inputs),
        scale_(scale),
        rows_(inputs.rows.input.size(0)) {}

  void forward();
  void backward();
  /// Loss terms summed over the batch: [terms] float64
  const at::Tensor& terms() const { return terms_; }
  /// [B, Z]
  const at::Tensor& code() const { return code_; }

 private:
  struct TermOfSums {
    int index;
    const double* weight = nullptr;  ///< in the loss
    double factor = 1;
  };

  at::Tensor empty(int64_t width) const {
    return at::empty({rows_, width}, inputs_.rows.input.options());
  }
  const double* weight(Weight which) const {
    return pass_.weights_.const_data_ptr<double>() + which;
  }
  at::Tensor forward_layer(const Layer& layer, const at::Tensor& input);
  void sample();
  /// @return the gradient before the last layer's activation
  at::Tensor loss_forward_backward();
  /// Backward pass of a layer and of the activation `before` it.
  at::Tensor backward_layer(const Layer& layer, const at::Tensor& gradient,
                            const ActivationArguments& before);
  /// Backward pass of the decoder's first layer and of the latent layers.
  /// @return the gradient of the encoder's last layer; undefined without encoder layers
  at::Tensor backward_code(const at::Tensor& gradient);
  void backward_gaussian(const LayerRows& decoder, const at::Tensor& grad_mean,
                         const at::Tensor& grad_log_variance);
  void backward_deterministic(const LayerRows& decoder, const at::Tensor& grad_code);
  at::Tensor backward_latent(LayerRowsList latent);
  /// Pops the input of the current layer of the backward pass.
  at::Tensor take_input();
  /// Runs weight gradients on a branch, parallel to `on`, which is on the critical path and
  /// launched first.
  template <class On>
  void add_weight_gradients(LayerRowsList layers, const at::Tensor& input, const On& on);
  void code_penalty(const at::Tensor& gradient);
  /// Adds a term from partial sums of blocks, starting at `first`.
  void add_sums(const at::Tensor& sums, int64_t first, int stride, const TermOfSums& term);
  void sum_terms();

  FusedForwardBackward& pass_;
  const LinearPasses& linear_;
  const StepInputs& inputs_;
  double scale_;
  int64_t rows_;
  std::vector<at::Tensor> layer_inputs_;  // inputs of the layers of encoder and decoder, in order
  at::Tensor features_;
  at::Tensor code_;  // the mean of a Gaussian posterior
  at::Tensor log_variance_;
  at::Tensor noise_;
  at::Tensor sample_;
  std::vector<at::Tensor> kept_;  // tensors that branches use
  SumList list_{};
  at::Tensor terms_;
};

}  // namespace ae::cuda
