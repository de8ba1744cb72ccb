#include "engine/cuda/layers.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mm.h>

#include <algorithm>

#include "models/lowering.h"

namespace ae::cuda {
namespace {

constexpr int kIdentity = static_cast<int>(Elementwise::Kind::identity);

unsigned tiles_of(int64_t n, int64_t tile) { return static_cast<unsigned>((n + tile - 1) / tile); }
int extent(const at::Tensor& tensor, int64_t axis) { return static_cast<int>(tensor.size(axis)); }

/// Of a product [m, n] of matrices row by row.
Product product_of(int64_t m, int64_t n, Finish finish, const at::Tensor& c) {
  Product product{};
  product.m = static_cast<int>(m);
  product.n = static_cast<int>(n);
  product.finish = finish;
  product.c = mutable_data(c);
  return product;
}

/// input weight' + bias, and what follows it.
Product forward_product(const Layer& layer, const at::Tensor& input, Finish finish,
                        const at::Tensor& c) {
  const int k = extent(input, 1);
  Product product = product_of(input.size(0), layer.bias.size(0), finish, c);
  product.factors[0] = {data(input), data(layer.weight), k, k, k};
  product.other = data(layer.bias);
  product.activation = layer.activation.kind;
  product.slope = layer.activation.slope;
  return product;
}

}  // namespace

bool LayerPasses::is_small(int64_t m, int64_t n, int64_t k) const {
  // Above it cuBLAS has blocks for all of a GPU. In TF32 its products are the faster ones sooner.
  const int64_t most = int64_t{1} << (options_.exact ? 27 : 26);
  constexpr int64_t kMostRows =
      65535 * kLowTile;  // as many blocks as a launch has in that direction
  return kernels_.has_products() && !options_.by_cublas && m <= kMostRows && m * n * k <= most;
}

void LayerPasses::launch(const Kernel<Products>& kernel, int64_t tile, Products& products,
                         size_t count) const {
  const Product& first = products.each[0];
  products.exact = options_.exact ? 1 : 0;
  kernel({tiles_of(first.n, kTileColumns), tiles_of(first.m, tile), static_cast<unsigned>(count)},
         kProductThreads, products);
}

void LayerPasses::forward(LayerRowsList layers, const at::Tensor& input) const {
  const int64_t rows = input.size(0);
  Products products;
  size_t count = 0;
  for (const auto& [layer, output] : layers) {
    const int width = extent(output, 1);
    if (is_small(rows, width, input.size(1))) {
      products.each[count++] = forward_product(*layer, input, Finish::forward, output);
      continue;
    }
    at::Tensor out = output;
    at::mm_out(out, input, layer->weight.t());
    kernels_.add_bias_and_activate(blocks_of(out.numel()), kThreads, out.numel(), width,
                                   data(layer->bias), layer->activation.kind,
                                   layer->activation.slope, mutable_data(out));
  }
  if (count > 0) launch(kernels_.product_by_rows, kLowTile, products, count);
}

at::Tensor LayerPasses::measure_loss(const Layer& layer, const at::Tensor& input,
                                     const at::Tensor& target, LossOptions loss,
                                     const at::Tensor& gradient) const {
  loss.activation = layer.activation.kind;
  loss.slope = layer.activation.slope;
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
    kernels_.measure_loss(blocks_of(gradient.numel()), kThreads, gradient.numel(), loss,
                          data(output), data(target), mutable_data(gradient),
                          sums.mutable_data_ptr<double>());
    return sums;
  }
  Products products;
  Product& product = products.each[0];
  product = forward_product(layer, input, Finish::loss_gradient, gradient);
  product.target = data(target);
  product.loss = loss;
  product.sums = sums.mutable_data_ptr<double>();
  launch(kernels_.product_by_rows, kLowTile, products, 1);
  return sums;
}

void LayerPasses::backward(LayerRowsList layers, const ActivationArguments& before,
                           const at::Tensor& input, const at::Tensor& gradient) const {
  const int64_t rows = gradient.size(0);
  const int64_t width = gradient.size(1);
  const int64_t outputs = layers.begin()->rows.size(1);
  if (is_small(rows, width, outputs * static_cast<int64_t>(layers.size()))) {
    Products products;
    Product& product = products.each[0];
    product = product_of(rows, width, Finish::backward, gradient);
    size_t part = 0;
    for (const auto& [layer, by_output] : layers) {
      const int k = extent(by_output, 1);
      product.factors[part++] = {data(by_output), data(layer->weight), k, extent(gradient, 1), k};
    }
    product.other = before.kind == kIdentity ? nullptr : data(input);
    product.activation = before.kind;
    product.slope = before.slope;
    return launch(kernels_.product, kLowTile, products, 1);
  }
  at::Tensor out = gradient;
  bool is_first = true;
  for (const auto& [layer, by_output] : layers) {
    if (is_first) {
      at::mm_out(out, by_output, layer->weight);
    } else {
      out.addmm_(by_output, layer->weight);
    }
    is_first = false;
  }
  if (before.kind == kIdentity) return;
  kernels_.carry_through_activation(blocks_of(out.numel()), kThreads, out.numel(), before.kind,
                                    before.slope, data(input), mutable_data(out));
}

void LayerPasses::backward(const LayerRows& layer, const GaussianOptions& gaussian) const {
  const int64_t rows = layer.rows.size(0);
  const int64_t width = layer.layer->weight.size(1);
  const int64_t k = layer.rows.size(1);
  if (is_small(rows, width, k)) {
    Products products;
    Product& product = products.each[0];
    product = {};
    product.m = static_cast<int>(rows);
    product.n = static_cast<int>(width);
    product.finish = Finish::gaussian;
    product.factors[0] = {data(layer.rows), data(layer.layer->weight), static_cast<int>(k),
                          static_cast<int>(width), static_cast<int>(k)};
    product.gaussian = gaussian;
    return launch(kernels_.product, kLowTile, products, 1);
  }
  const at::Tensor by_draw = at::mm(layer.rows, layer.layer->weight);
  kernels_.carry_through_gaussian(blocks_of(by_draw.numel()), kThreads, by_draw.numel(), gaussian,
                                  data(by_draw));
}

void LayerPasses::add_weight_gradients(LayerRowsList layers, const at::Tensor& input) const {
  const int64_t rows = input.size(0);
  Products products;
  size_t count = 0;
  for (const auto& [layer, gradient] : layers) {
    const int width = extent(gradient, 1);
    if (is_small(width, input.size(1), rows)) {
      Product& product = products.each[count++];
      product = product_of(width, input.size(1), Finish::add_to, layer->by_weight);
      product.factors[0] = {data(gradient), data(input), width, extent(input, 1),
                            static_cast<int>(rows)};
      product.row_sums = mutable_data(layer->by_bias);
      continue;
    }
    at::Tensor by_weight = layer->by_weight;
    by_weight.addmm_(gradient.t(), input);
    kernels_.add_column_sums(tiles_of(width, 32), dim3(32, 32), rows, width, data(gradient),
                             mutable_data(layer->by_bias));
  }
  if (count > 0) launch(kernels_.product_by_columns, kHighTile, products, count);
}

}  // namespace ae::cuda
