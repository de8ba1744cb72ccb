#pragma once

#include <vector>

#include "engine/cuda/fused_forward_backward.h"

namespace ae::cuda {

/// Places of the terms' weights on the device.
enum Weight { kReconstruction, kKl, kSparsity, kWeights };

/// One pass of a batch, forth and then back. Its tensors stay until its branches have joined.
class FusedForwardBackward::Run {
 public:
  /// All must outlive this.
  Run(FusedForwardBackward& pass, const StepInputs& inputs, double scale)
      : pass_(pass),
        linear_(pass.linear_),
        inputs_(inputs),
        scale_(scale),
        rows_(inputs.target.size(0)) {}

  void forward();
  void backward();
  /// Of the loss, summed over the batch: [terms] float64
  const at::Tensor& terms() const { return terms_; }
  /// [B, Z]
  const at::Tensor& code() const { return code_; }

 private:
  struct TermOfSums {
    int place;
    const double* weight = nullptr;  ///< in the loss
    double factor = 1;
  };

  at::Tensor empty(int64_t width) const {
    return at::empty({rows_, width}, inputs_.target.options());
  }
  const double* weight(Weight which) const {
    return pass_.weights_.const_data_ptr<double>() + which;
  }
  at::Tensor through(const Layer& layer, const at::Tensor& input);
  void draw();
  /// @return the gradient by what the last layer's activation was given
  at::Tensor loss_forward_backward();
  /// Through a layer that is not the first, and through the activation that made its input.
  at::Tensor back(const Layer& layer, const at::Tensor& gradient,
                  const ActivationArguments& before);
  /// From the decoder's first layer to what made the encoder's features; undefined where these are
  /// the data.
  at::Tensor back_through_code(const at::Tensor& gradient);
  void back_to_gaussian(const LayerRows& decoder, const at::Tensor& grad_mean,
                        const at::Tensor& grad_log_variance);
  void back_to_certain(const LayerRows& decoder, const at::Tensor& grad_code);
  at::Tensor back_to_features(LayerRowsList latent);
  /// The input of the last layer that has not gone back.
  at::Tensor take_input();
  /// Beside the way on, `on`, which others wait for and so is launched first.
  template <class On>
  void add_weight_gradients(LayerRowsList layers, const at::Tensor& input, const On& on);
  void measure_code(const at::Tensor& gradient);
  /// Sums that blocks have left, from `first` on, as a term.
  void add_sums(const at::Tensor& sums, int64_t first, int stride, const TermOfSums& term);
  void add_up();

  FusedForwardBackward& pass_;
  const LinearPasses& linear_;
  const StepInputs& inputs_;
  double scale_;
  int64_t rows_;
  std::vector<at::Tensor> given_;  // to the layers of encoder and decoder, in their order
  at::Tensor features_;
  at::Tensor code_;  // of a Gaussian posterior its mean
  at::Tensor log_variance_;
  at::Tensor noise_;
  at::Tensor draw_;
  std::vector<at::Tensor> kept_;
  SumList list_{};
  at::Tensor terms_;
};

}  // namespace ae::cuda
