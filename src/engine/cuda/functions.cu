// Device functions of the kernels of fused training steps. The kernels are compiled for the current
// GPU at the start of a run, as one source: arguments.h, functions.cu, kernels.cu, operands.cu,
// tiled_gemm.cu. Matrices are row-major. Sums are deterministic.

using namespace ae::cuda;
using Index = long long;

namespace {

constexpr int kColumns = 32;  // blocks of column reductions have (32, 32) threads
constexpr int kLines = 32;

__device__ float activated(int kind, float slope, float x) {
  switch (kind) {
    case kRelu:
      return x < 0 ? 0.0F : x;  // this order propagates NaN
    case kLeakyRelu:
      return x > 0 ? x : slope * x;
    case kSigmoid:
      return 1.0F / (1.0F + expf(-x));
    case kTanh:
      return tanhf(x);
    default:
      return x;
  }
}

/// Derivative of an activation as a function of its output y.
__device__ float derivative_at(int kind, float slope, float y) {
  switch (kind) {
    case kRelu:
      return y > 0 ? 1.0F : 0.0F;
    case kLeakyRelu:
      return y > 0 ? 1.0F : slope;
    case kSigmoid:
      return y * (1.0F - y);
    case kTanh:
      return 1.0F - y * y;
    default:
      return 1.0F;
  }
}

/// Gradient before an activation with output y. An inactive ReLU returns 0 even if the gradient is
/// not finite.
__device__ float activation_gradient(int kind, float slope, float y, float gradient) {
  if (kind == kRelu) return y > 0 ? gradient : 0.0F;
  return gradient * derivative_at(kind, slope, y);
}

/// Sum over all threads of a block; valid in its first thread.
__device__ double block_sum(double value) {
  __shared__ double parts[32];
  const int thread = threadIdx.y * blockDim.x + threadIdx.x;
  const int threads = blockDim.x * blockDim.y;
  for (int offset = 16; offset > 0; offset /= 2) {
    value += __shfl_down_sync(0xFFFFFFFF, value, offset);
  }
  __syncthreads();
  if (thread % 32 == 0) parts[thread / 32] = value;
  __syncthreads();
  double sum = 0;
  if (thread == 0) {
    for (int i = 0; i < threads / 32; ++i) sum += parts[i];
  }
  return sum;
}

struct Errors {
  float error;
  float squared_error;
};

/// Gradient before the output's activation; adds to the errors.
__device__ float loss_gradient(const LossOptions& options, float output, float target,
                               Errors& errors) {
  const float factor = static_cast<float>(*options.weight * options.scale);
  float difference = output - target;
  float gradient = 2.0F * factor * difference;
  if (options.loss == kSquaredError) {
    errors.error += difference * difference;
  } else if (options.loss == kAbsoluteError) {
    errors.error += fabsf(difference);
    gradient = factor * static_cast<float>((difference > 0) - (difference < 0));
  } else {
    // softplus(o) - x o, with e = exp(-|o|)
    const float e = expf(-fabsf(output));
    const float larger = 1.0F / (1.0F + e);
    difference = (output < 0 ? e * larger : larger) - target;
    errors.error += fmaxf(output, 0.0F) + log1pf(e) - target * output;
    gradient = factor * difference;
  }
  errors.squared_error += difference * difference;
  return activation_gradient(options.activation, options.slope, output, gradient);
}

/// Stores a block's partial sums.
__device__ void store_errors(const Errors& errors, int block, double* sums) {
  const double error = block_sum(errors.error);
  const double squared_error = block_sum(errors.squared_error);
  if (threadIdx.x == 0 && threadIdx.y == 0) {
    sums[2 * block] = error;
    sums[2 * block + 1] = squared_error;
  }
}

/// Backward pass of reparameterization for the i-th value.
__device__ void gaussian_gradient(const GaussianOptions& g, Index i, float grad_sample) {
  const float factor = static_cast<float>(*g.weight * g.scale);
  const float mean = g.mean[i];
  const float sigma = expf(g.log_variance[i] / 2);
  g.grad_mean[i] = activation_gradient(g.activation, g.slope, mean, grad_sample + factor * mean);
  g.grad_log_variance[i] =
      0.5F * (grad_sample * sigma * g.noise[i] + factor * (sigma * sigma - 1.0F));
}

}  // namespace
