// Elementwise kernels: a thread per value or per four values. Included after functions.cu.

namespace {

/// Philox4x32-10, as in core/philox.cpp: a block of four numbers of a row's stream.
__device__ void philox_block(uint2 key, uint4 c, unsigned (&out)[4]) {
  for (int round = 0; round < 10; ++round) {
    const unsigned high0 = __umulhi(0xD2511F53U, c.x);
    const unsigned high1 = __umulhi(0xCD9E8D57U, c.z);
    c = {high1 ^ c.y ^ key.x, 0xCD9E8D57U * c.z, high0 ^ c.w ^ key.y, 0xD2511F53U * c.x};
    key.x += 0x9E3779B9U;
    key.y += 0xBB67AE85U;
  }
  out[0] = c.x;
  out[1] = c.y;
  out[2] = c.z;
  out[3] = c.w;
}

__device__ float unit_float(unsigned bits) { return static_cast<float>(bits >> 8) * 0x1p-24F; }

/// Random numbers of the rows' streams, as of RowNoise; a thread per four numbers of a row.
template <class Store>
__device__ void generate(Index rows, int width, const Index* numbers, const int* epoch, uint2 key,
                         float* out, const Store& store) {
  const int blocks = (width + 3) / 4;
  const Index i = blockIdx.x * static_cast<Index>(blockDim.x) + threadIdx.x;
  if (i >= rows * blocks) return;
  const Index row = i / blocks;
  const unsigned block = static_cast<unsigned>(i % blocks);
  const auto number = static_cast<unsigned long long>(numbers[row]);
  unsigned bits[4];
  philox_block(key,
               {block, static_cast<unsigned>(*epoch), static_cast<unsigned>(number),
                static_cast<unsigned>(number >> 32)},
               bits);
  float values[4];
  store(bits, values);
  const int first = static_cast<int>(4 * block);
  for (int j = 0; j < 4 && first + j < width; ++j) out[row * width + first + j] = values[j];
}

/// Gathers and scales rows; with vector loads if the width is a multiple of four.
template <class T, class Four>
__device__ void gather(const T* all, const Index* rows, Index width, float offset, float divisor,
                       float* out) {
  const T* from = all + rows[blockIdx.x] * width;
  float* to = out + blockIdx.x * width;
  const auto scaled = [=](T x) { return (static_cast<float>(x) - offset) / divisor; };
  if (width % 4 == 0) {
    for (Index i = threadIdx.x; i < width / 4; i += blockDim.x) {
      const Four four = reinterpret_cast<const Four*>(from)[i];
      reinterpret_cast<float4*>(to)[i] = {scaled(four.x), scaled(four.y), scaled(four.z),
                                          scaled(four.w)};
    }
    return;
  }
  for (Index i = threadIdx.x; i < width; i += blockDim.x) to[i] = scaled(from[i]);
}

}  // namespace

extern "C" {

/// Gathers and scales rows of a dataset; a block per row.
__global__ void gather_bytes(const unsigned char* all, const Index* rows, Index width, float offset,
                             float divisor, float* out) {
  gather<unsigned char, uchar4>(all, rows, width, offset, divisor, out);
}
__global__ void gather_floats(const float* all, const Index* rows, Index width, float offset,
                              float divisor, float* out) {
  gather<float, float4>(all, rows, width, offset, divisor, out);
}

__global__ void draw_uniform(Index rows, int width, const Index* numbers, const int* epoch,
                             uint2 key, float* out) {
  generate(rows, width, numbers, epoch, key, out, [](const unsigned(&bits)[4], float(&values)[4]) {
    for (int j = 0; j < 4; ++j) values[j] = unit_float(bits[j]);
  });
}
__global__ void draw_normal(Index rows, int width, const Index* numbers, const int* epoch,
                            uint2 key, float* out) {
  generate(rows, width, numbers, epoch, key, out, [](const unsigned(&bits)[4], float(&values)[4]) {
    for (int j = 0; j < 4; j += 2) {
      // 1 - u is in (0, 1], so that the logarithm is finite.
      const float radius = sqrtf(-2.0F * logf(1.0F - unit_float(bits[j])));
      sincospif(2.0F * unit_float(bits[j + 1]), &values[j + 1], &values[j]);
      values[j] *= radius;
      values[j + 1] *= radius;
    }
  });
}

/// x = activation(x + bias), of n values in rows of `width`.
__global__ void add_bias_and_activate(Index n, int width, const float* bias, int kind, float slope,
                                      float* x) {
  const Index i = blockIdx.x * static_cast<Index>(blockDim.x) + threadIdx.x;
  if (i < n) x[i] = activated(kind, slope, x[i] + bias[i % width]);
}

/// Backward pass of an activation with output y, in index.
__global__ void activation_backward(Index n, int kind, float slope, const float* y,
                                    float* gradient) {
  const Index i = blockIdx.x * static_cast<Index>(blockDim.x) + threadIdx.x;
  if (i < n) gradient[i] = activation_gradient(kind, slope, y[i], gradient[i]);
}

/// grad_bias += column sums of the gradient.
__global__ void add_column_sums(Index rows, int width, const float* gradient, float* grad_bias) {
  const int column = blockIdx.x * kColumns + threadIdx.x;
  float sum = 0;
  if (column < width) {
    for (Index row = threadIdx.y; row < rows; row += kLines) sum += gradient[row * width + column];
  }
  __shared__ float parts[kLines][kColumns + 1];
  parts[threadIdx.y][threadIdx.x] = sum;
  __syncthreads();
  // A warp per column reduces it.
  sum = parts[threadIdx.x][threadIdx.y];
  for (int offset = 16; offset > 0; offset /= 2) sum += __shfl_down_sync(0xFFFFFFFF, sum, offset);
  const int own = blockIdx.x * kColumns + threadIdx.y;
  if (threadIdx.x == 0 && own < width) grad_bias[own] += sum;
}

/// Loss of an output, and its gradient before the output's activation.
/// sums: error and squared error of each block
__global__ void loss_forward_backward(Index n, LossOptions loss, const float* output,
                                      const float* target, float* gradient, double* sums) {
  const Index i = blockIdx.x * static_cast<Index>(blockDim.x) + threadIdx.x;
  Errors errors{0, 0};
  if (i < n) gradient[i] = loss_gradient(loss, output[i], target[i], errors);
  store_errors(errors, blockIdx.x, sums);
}

/// Reparameterized samples of Gaussians; sums: KL divergence from the standard normal distribution
/// of each block.
__global__ void reparameterize(Index n, const float* mean, const float* log_variance,
                               const float* noise, float* sample, double* sums) {
  const Index i = blockIdx.x * static_cast<Index>(blockDim.x) + threadIdx.x;
  float divergence = 0;
  if (i < n) {
    const float m = mean[i];
    const float sigma = expf(log_variance[i] / 2);
    sample[i] = m + sigma * noise[i];
    divergence = 0.5F * (m * m + sigma * sigma - log_variance[i] - 1.0F);
  }
  const double sum = block_sum(divergence);
  if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}

/// Backward pass of reparameterize(), to the mean before its activation and the log-variance.
__global__ void reparameterize_backward(Index n, GaussianOptions gaussian,
                                        const float* grad_sample) {
  const Index i = blockIdx.x * static_cast<Index>(blockDim.x) + threadIdx.x;
  if (i < n) gaussian_gradient(gaussian, i, grad_sample[i]);
}

/// Adds the gradient of a code's L1 norm; sums: L1 norm and number of nonzero values of each block.
/// weight, scale: factors of the L1 norm
__global__ void code_penalty(Index n, const float* code, const double* weight, double scale,
                             float* gradient, double* sums) {
  const Index i = blockIdx.x * static_cast<Index>(blockDim.x) + threadIdx.x;
  float magnitude = 0;
  float active = 0;
  if (i < n) {
    const float x = code[i];
    magnitude = fabsf(x);
    active = x != 0 ? 1.0F : 0.0F;
    const float factor = static_cast<float>(*weight * scale);
    gradient[i] += factor * static_cast<float>((x > 0) - (x < 0));
  }
  const double magnitudes = block_sum(magnitude);
  const double actives = block_sum(active);
  if (threadIdx.x == 0) {
    sums[2 * blockIdx.x] = magnitudes;
    sums[2 * blockIdx.x + 1] = actives;
  }
}

/// Reduces partial sums to the loss and its terms. Launched with one block.
__global__ void sum_terms(SumList list, double* terms) {
  double loss = 0;
  for (int k = 0; k < list.count; ++k) {
    const Sums sums = list.sums[k];
    double sum = 0;
    for (int i = threadIdx.x; i < sums.count; i += blockDim.x) sum += sums.first[i * sums.stride];
    sum = block_sum(sum) * sums.factor;
    if (threadIdx.x == 0) terms[sums.index] = sum;
    if (sums.weight != nullptr) loss += *sums.weight * sum;
  }
  if (threadIdx.x == 0) terms[0] = loss;
}

/// Adam update of four values per thread; zeroes the gradients. The number of values is a multiple
/// of four. learning_rate, updates: on the device
__global__ void adam(Index fours, AdamFactors f, const float* learning_rate, const float* updates,
                     float4* values, float4* gradients, float4* mean, float4* mean_square) {
  __shared__ float step_size;
  __shared__ float root_scale;
  if (threadIdx.x == 0) {
    // 1 - beta^updates, without cancellation
    step_size = *learning_rate / -expm1f(*updates * f.log_beta1);
    root_scale = 1.0F / sqrtf(-expm1f(*updates * f.log_beta2));
  }
  __syncthreads();
  const Index i = blockIdx.x * static_cast<Index>(blockDim.x) + threadIdx.x;
  if (i >= fours) return;
  const float gradient_decay = f.decoupled ? 0.0F : f.weight_decay;
  const float shrinking = f.decoupled ? 1.0F - *learning_rate * f.weight_decay : 1.0F;
  const float4 gradient = gradients[i];
  float4 value = values[i];
  float4 m = mean[i];
  float4 v = mean_square[i];
  const auto update = [&](float by, float& x, float& m1, float& v1) {
    by += gradient_decay * x;
    m1 += (1.0F - f.beta1) * (by - m1);
    v1 = f.beta2 * v1 + (1.0F - f.beta2) * by * by;
    x = x * shrinking - step_size * m1 / (sqrtf(v1) * root_scale + f.epsilon);
  };
  update(gradient.x, value.x, m.x, v.x);
  update(gradient.y, value.y, m.y, v.y);
  update(gradient.z, value.z, m.z, v.z);
  update(gradient.w, value.w, m.w, v.w);
  gradients[i] = {0, 0, 0, 0};
  values[i] = value;
  mean[i] = m;
  mean_square[i] = v;
}

}  // extern "C"
