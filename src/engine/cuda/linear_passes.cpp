#include "engine/cuda/linear_passes.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mm.h>

#include <algorithm>

#include "engine/fusion.h"

namespace ae::cuda {
namespace {

using Kind = PointwiseActivation::Kind;
static_assert(kIdentity == static_cast<int>(Kind::identity) &&
              kRelu == static_cast<int>(Kind::relu) &&
              kLeakyRelu == static_cast<int>(Kind::leaky_relu) &&
              kSigmoid == static_cast<int>(Kind::sigmoid) && kTanh == static_cast<int>(Kind::tanh));
static_assert(kSquaredError == static_cast<int>(PointwiseLoss::squared_error) &&
              kAbsoluteError == static_cast<int>(PointwiseLoss::absolute_error) &&
              kCrossEntropy == static_cast<int>(PointwiseLoss::cross_entropy));

unsigned tiles_of(int64_t n, int64_t tile) { return static_cast<unsigned>((n + tile - 1) / tile); }
int extent(const at::Tensor& tensor, int64_t axis) { return static_cast<int>(tensor.size(axis)); }

/// A gemm with a result of [m, n].
Gemm make_gemm(int64_t m, int64_t n, Epilogue epilogue, const at::Tensor& c) {
  Gemm gemm{};
  gemm.m = static_cast<int>(m);
  gemm.n = static_cast<int>(n);
  gemm.epilogue = epilogue;
  gemm.c = mutable_data(c);
  return gemm;
}

/// epilogue(input weight' + bias)
Gemm make_forward_gemm(const Layer& layer, const at::Tensor& input, Epilogue epilogue,
                       const at::Tensor& c) {
  const int k = extent(input, 1);
  Gemm gemm = make_gemm(input.size(0), layer.bias.size(0), epilogue, c);
  gemm.operands[0] = {data(input), data(layer.weight), k, k, k};
  gemm.other = data(layer.bias);
  gemm.activation = layer.activation.kind;
  gemm.slope = layer.activation.negative_slope;
  return gemm;
}

}  // namespace

bool LinearPasses::is_small(int64_t m, int64_t n, int64_t k) const {
  // Above it cuBLAS has enough blocks to fill a GPU; in TF32 it is faster from smaller sizes on.
  const int64_t max_multiplications = int64_t{1} << (options_.exact ? 27 : 26);
  constexpr int64_t kMaxRows = 65535 * kLowTile;  // limit of gridDim.y
  return kernels_.has_gemm() && !options_.by_cublas && m <= kMaxRows &&
         m * n * k <= max_multiplications;
}

void LinearPasses::launch(const Kernel<GemmBatch>& kernel, int64_t tile, GemmBatch& gemms,
                          size_t count) const {
  const Gemm& first = gemms.each[0];
  gemms.exact = options_.exact ? 1 : 0;
  kernel({tiles_of(first.n, kTileColumns), tiles_of(first.m, tile), static_cast<unsigned>(count)},
         kGemmThreads, gemms);
}

void LinearPasses::forward(LayerRowsList layers, const at::Tensor& input) const {
  const int64_t rows = input.size(0);
  GemmBatch gemms;
  size_t count = 0;
  for (const auto& [layer, output] : layers) {
    const int width = extent(output, 1);
    if (is_small(rows, width, input.size(1))) {
      gemms.each[count++] = make_forward_gemm(*layer, input, Epilogue::forward, output);
      continue;
    }
    at::Tensor out = output;
    at::mm_out(out, input, layer->weight.t());
    kernels_.add_bias_and_activate(blocks_of(out.numel()), kThreads, out.numel(), width,
                                   data(layer->bias), layer->activation.kind,
                                   layer->activation.negative_slope, mutable_data(out));
  }
  if (count > 0) launch(kernels_.gemm_by_rows, kLowTile, gemms, count);
}

at::Tensor LinearPasses::loss_forward_backward(const Layer& layer, const at::Tensor& input,
                                               const at::Tensor& target, LossOptions loss,
                                               const at::Tensor& gradient) const {
  loss.activation = layer.activation.kind;
  loss.slope = layer.activation.negative_slope;
  const int64_t rows = input.size(0);
  const int64_t width = gradient.size(1);
  const bool small = is_small(rows, width, input.size(1));
  const int64_t blocks =
      small ? static_cast<int64_t>(tiles_of(rows, kLowTile)) * tiles_of(width, kTileColumns)
            : blocks_of(gradient.numel());
  at::Tensor sums = at::empty({2 * blocks}, input.options().dtype(at::kDouble));
  if (!small) {
    const at::Tensor output = at::empty_like(gradient);
    forward({{&layer, output}}, input);
    kernels_.loss_forward_backward(blocks_of(gradient.numel()), kThreads, gradient.numel(), loss,
                                   data(output), data(target), mutable_data(gradient),
                                   sums.mutable_data_ptr<double>());
    return sums;
  }
  GemmBatch gemms;
  Gemm& gemm = gemms.each[0];
  gemm = make_forward_gemm(layer, input, Epilogue::loss_gradient, gradient);
  gemm.target = data(target);
  gemm.loss = loss;
  gemm.sums = sums.mutable_data_ptr<double>();
  launch(kernels_.gemm_by_rows, kLowTile, gemms, 1);
  return sums;
}

void LinearPasses::backward(LayerRowsList layers, const ActivationArguments& before,
                            const at::Tensor& input, const at::Tensor& gradient) const {
  const int64_t rows = gradient.size(0);
  const int64_t width = gradient.size(1);
  const int64_t outputs = layers.begin()->rows.size(1);
  if (is_small(rows, width, outputs * static_cast<int64_t>(layers.size()))) {
    GemmBatch gemms;
    Gemm& gemm = gemms.each[0];
    gemm = make_gemm(rows, width, Epilogue::backward, gradient);
    size_t part = 0;
    for (const auto& [layer, grad_output] : layers) {
      const int k = extent(grad_output, 1);
      gemm.operands[part++] = {data(grad_output), data(layer->weight), k, extent(gradient, 1), k};
    }
    gemm.other = before.kind == kIdentity ? nullptr : data(input);
    gemm.activation = before.kind;
    gemm.slope = before.negative_slope;
    return launch(kernels_.gemm, kLowTile, gemms, 1);
  }
  at::Tensor out = gradient;
  bool is_first = true;
  for (const auto& [layer, grad_output] : layers) {
    if (is_first) {
      at::mm_out(out, grad_output, layer->weight);
    } else {
      out.addmm_(grad_output, layer->weight);
    }
    is_first = false;
  }
  if (before.kind == kIdentity) return;
  kernels_.activation_backward(blocks_of(out.numel()), kThreads, out.numel(), before.kind,
                               before.negative_slope, data(input), mutable_data(out));
}

void LinearPasses::backward(const LayerRows& layer, const GaussianOptions& gaussian) const {
  const int64_t rows = layer.rows.size(0);
  const int64_t width = layer.layer->weight.size(1);
  const int64_t k = layer.rows.size(1);
  if (is_small(rows, width, k)) {
    GemmBatch gemms;
    Gemm& gemm = gemms.each[0];
    gemm = {};
    gemm.m = static_cast<int>(rows);
    gemm.n = static_cast<int>(width);
    gemm.epilogue = Epilogue::gaussian;
    gemm.operands[0] = {data(layer.rows), data(layer.layer->weight), static_cast<int>(k),
                        static_cast<int>(width), static_cast<int>(k)};
    gemm.gaussian = gaussian;
    return launch(kernels_.gemm, kLowTile, gemms, 1);
  }
  const at::Tensor grad_sample = at::mm(layer.rows, layer.layer->weight);
  kernels_.reparameterize_backward(blocks_of(grad_sample.numel()), kThreads, grad_sample.numel(),
                                   gaussian, data(grad_sample));
}

void LinearPasses::add_weight_gradients(LayerRowsList layers, const at::Tensor& input) const {
  const int64_t rows = input.size(0);
  GemmBatch gemms;
  size_t count = 0;
  for (const auto& [layer, gradient] : layers) {
    const int width = extent(gradient, 1);
    if (is_small(width, input.size(1), rows)) {
      Gemm& gemm = gemms.each[count++];
      gemm = make_gemm(width, input.size(1), Epilogue::add_to, layer->grad_weight);
      gemm.operands[0] = {data(gradient), data(input), width, extent(input, 1),
                          static_cast<int>(rows)};
      gemm.row_sums = mutable_data(layer->grad_bias);
      continue;
    }
    at::Tensor grad_weight = layer->grad_weight;
    grad_weight.addmm_(gradient.t(), input);
    kernels_.add_column_sums(tiles_of(width, 32), dim3(32, 32), rows, width, data(gradient),
                             mutable_data(layer->grad_bias));
  }
  if (count > 0) launch(kernels_.gemm_by_columns, kHighTile, gemms, count);
}

}  // namespace ae::cuda
