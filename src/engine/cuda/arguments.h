#pragma once

// Kernel arguments, for the host, and for the GPU as the first part of its source.
namespace ae::cuda {

/// Values of PointwiseActivation::Kind and PointwiseLoss, as linear_passes.cpp asserts.
enum Activation : int { kIdentity, kRelu, kLeakyRelu, kSigmoid, kTanh };
enum Loss : int { kSquaredError, kAbsoluteError, kCrossEntropy };

/// A loss and the activation of its output.
struct LossOptions {
  int loss;        ///< a Loss
  int activation;  ///< of the output: an Activation
  float slope;
  const double* weight;  ///< on the GPU
  double scale;          ///< factor of the weight
};

/// Arguments of the backward pass of reparameterization, [B, Z] each.
struct GaussianOptions {
  int activation;  ///< of the mean
  float slope;
  const double* weight;  ///< of the KL divergence, on the GPU
  double scale;          ///< factor of the weight
  const float* mean;
  const float* log_variance;
  const float* noise;
  float* grad_mean;  ///< of the mean before its activation
  float* grad_log_variance;
};

/// A loss term as partial sums of blocks, `stride` apart.
struct Sums {
  const double* first;
  int count;
  int stride;
  double factor;
  const double* weight;  ///< in the loss; null if not part of it
  int index;             ///< of the term
};
struct SumList {
  Sums sums[6];
  int count;
};

struct AdamFactors {
  float beta1;
  float beta2;
  float log_beta1;
  float log_beta2;
  float epsilon;
  float weight_decay;
  int decoupled;
};

/// Operation on the result of a gemm before it is stored.
enum class Epilogue : int { add_to, forward, backward, loss_gradient, gaussian };

/// Operands of one matrix multiplication.
struct GemmOperands {
  const float* a;
  const float* b;
  int a_stride;
  int b_stride;
  int k;
};

/// c = epilogue(a1 b1 + a2 b2), [m, n].
struct Gemm {
  GemmOperands operands[2];  ///< k of the second may be 0
  int m;
  int n;
  Epilogue epilogue;
  float* c;
  const float* other;  ///< forward, loss: the bias, [n]; backward: the activation's output, or null
  int activation;
  float slope;
  float* row_sums;  ///< [m] += sums of a's rows; null to skip
  const float* target;
  LossOptions loss;
  double* sums;  ///< partial sums of the loss, by block
  GaussianOptions gaussian;
};

/// One or two gemms of the same size.
struct GemmBatch {
  Gemm each[2];
  int exact;  ///< float32 precision; else operands are rounded to TF32
};

/// Tile size of a block: columns, rows of gemm_by_columns, and rows of the other gemm kernels.
constexpr int kTileColumns = 32;
[[maybe_unused]] constexpr int kHighTile = 32;
[[maybe_unused]] constexpr int kLowTile = 16;
constexpr int kGemmThreads = 256;

}  // namespace ae::cuda
