// What kernels of fused training steps do with single values. These are compiled for the GPU at
// hand when a run begins, in one source: arguments.h, functions.cu, kernels.cu, operands.cu,
// tiled_gemm.cu. Matrices are [rows, width], row by row. Sums are the same to the last bit each
// time.

using namespace ae::cuda;
using Index = long long;

namespace {

constexpr int kColumns = 32;  // blocks that have columns are of (32, 32) threads
constexpr int kLines = 32;

__device__ float activated(int kind, float slope, float x) {
  switch (kind) {
    case kRelu:
      return x < 0 ? 0.0F : x;  // the order lets NaN through
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

/// The derivative where the value is y.
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

/// A relu that is off passes nothing on, not even what is not finite.
__device__ float carried(int kind, float slope, float y, float gradient) {
  if (kind == kRelu) return y > 0 ? gradient : 0.0F;
  return gradient * derivative_at(kind, slope, y);
}

/// Of all threads of a block of any shape, for its first thread.
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

/// The gradient by what the output's activation was given; adds to the errors.
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
    // softplus(o) - x o, by e = exp(-|o|)
    const float e = expf(-fabsf(output));
    const float larger = 1.0F / (1.0F + e);
    difference = (output < 0 ? e * larger : larger) - target;
    errors.error += fmaxf(output, 0.0F) + log1pf(e) - target * output;
    gradient = factor * difference;
  }
  errors.squared_error += difference * difference;
  return carried(options.activation, options.slope, output, gradient);
}

/// A block's sums, at its place.
__device__ void store_errors(const Errors& errors, int block, double* sums) {
  const double error = block_sum(errors.error);
  const double squared_error = block_sum(errors.squared_error);
  if (threadIdx.x == 0 && threadIdx.y == 0) {
    sums[2 * block] = error;
    sums[2 * block + 1] = squared_error;
  }
}

/// On from the gradient of the i-th draw.
__device__ void carry_through(const GaussianOptions& g, Index i, float grad_sample) {
  const float factor = static_cast<float>(*g.weight * g.scale);
  const float mean = g.mean[i];
  const float sigma = expf(g.log_variance[i] / 2);
  g.grad_mean[i] = carried(g.activation, g.slope, mean, grad_sample + factor * mean);
  g.grad_log_variance[i] =
      0.5F * (grad_sample * sigma * g.noise[i] + factor * (sigma * sigma - 1.0F));
}

}  // namespace
