#pragma once

// What kernels take, for the host, and for the GPU as the beginning of its source.
namespace ae::cuda {

/// Values of PointwiseActivation::Kind and of PointwiseLoss; linear_passes.cpp asserts that they
/// agree.
enum Activation : int { kIdentity, kRelu, kLeakyRelu, kSigmoid, kTanh };
enum Loss : int { kSquaredError, kAbsoluteError, kCrossEntropy };

/// A loss with its output's activation.
struct LossOptions {
  int loss;        ///< a Loss
  int activation;  ///< of the output: an Activation
  float slope;
  const double* weight;  ///< on the GPU
  double scale;          ///< of the weight
};

/// A Gaussian posterior and the noise of draws from it, [B, Z] each, on the way back.
struct GaussianOptions {
  int activation;  ///< of the mean
  float slope;
  const double* weight;  ///< of the divergence, on the GPU
  double scale;          ///< of the weight
  const float* mean;
  const float* log_variance;
  const float* noise;
  float* grad_mean;  ///< by what the mean's activation was given
  float* grad_log_variance;
};

/// A term of the loss as sums that blocks have left, `stride` apart.
struct Sums {
  const double* first;
  int count;
  int stride;
  double factor;
  const double* weight;  ///< in the loss; null where it has no part in it
  int place;             ///< among the terms
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

/// What becomes of a product's values.
enum class Epilogue : int { add_to, forward, backward, loss_gradient, gaussian };

/// A part of a sum of products.
struct GemmOperands {
  const float* a;
  const float* b;
  int a_stride;
  int b_stride;
  int k;
};

/// c = a1 b1 + a2 b2, [m, n], and what follows it.
struct Gemm {
  GemmOperands operands[2];  ///< of the second k may be 0
  int m;
  int n;
  Epilogue epilogue;
  float* c;
  const float* other;  ///< forward, loss: the bias, [n]; backward: the activation's value, or null
  int activation;
  float slope;
  float* row_sums;  ///< [m] += sums over a's k; null where they are not wanted
  const float* target;
  LossOptions loss;
  double* sums;  ///< of each block, of the loss
  GaussianOptions gaussian;
};

/// One or two products of the same size.
struct GemmBatch {
  Gemm each[2];
  int exact;  ///< else operands are rounded to TF32
};

/// Columns that a block of a product has, and rows: of gemm_by_columns and of the others.
constexpr int kTileColumns = 32;
[[maybe_unused]] constexpr int kHighTile = 32;
[[maybe_unused]] constexpr int kLowTile = 16;
constexpr int kGemmThreads = 256;

}  // namespace ae::cuda
