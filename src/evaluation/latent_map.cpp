#include "evaluation/latent_map.h"

#include <spdlog/fmt/fmt.h>

#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>

#include <optional>

#include "evaluation/pca.h"
#include "evaluation/umap.h"

namespace ae {
namespace {

/// Unlike RowChunks of a file, all codes at once.
RowChunks only_chunk(const at::Tensor& codes) {
  return [codes] {
    return [codes, read = false]() mutable -> std::optional<at::Tensor> {
      if (read) return std::nullopt;
      read = true;
      return codes;
    };
  };
}

LatentMap principal_map(const at::Tensor& codes) {
  constexpr int64_t kExactLatents = 512;  // a map is of two axes only
  const Pca pca = fit_pca(only_chunk(codes), 2, {.features = kExactLatents});
  at::Tensor axes = pca.components.flip(1);  // that of the greatest variance first
  const at::Tensor largest = axes.gather(0, axes.abs().argmax(0, /*keepdim=*/true));  // [1, K]
  axes = at::where(largest < 0, -axes, axes);
  const at::Tensor centred = codes.to(at::kDouble) - pca.mean;
  const double total = centred.square().sum().item<double>();
  const at::Tensor projected = centred.mm(axes);
  LatentMap map{.kind = "PCA",
                .coordinates = at::zeros({codes.size(0), 2}, at::kDouble),
                .x_label = {},
                .y_label = {},
                .explained = {0, 0}};
  map.coordinates.narrow(1, 0, projected.size(1)).copy_(projected);
  for (int64_t axis = 0; axis < 2; ++axis) {
    const double along = map.coordinates.select(1, axis).square().sum().item<double>();
    map.explained[static_cast<size_t>(axis)] = total > 0 ? along / total : 0;
  }
  map.x_label = fmt::format("principal axis 1 ({:.1f} % of the variance)", 100 * map.explained[0]);
  map.y_label = fmt::format("principal axis 2 ({:.1f} %)", 100 * map.explained[1]);
  return map;
}

}  // namespace

LatentMap latent_map(const at::Tensor& codes, const LatentMapOptions& options) {
  if (options.umap) {
    const auto map = umap(codes, {.seed = options.seed, .threads = options.threads});
    if (map) {
      return {.kind = "UMAP",
              .coordinates = map->to(at::kDouble),
              .x_label = "UMAP 1",
              .y_label = "UMAP 2",
              .explained = {}};
    }
  }
  if (codes.size(1) > 2) return principal_map(codes);
  const at::Tensor latents = codes.to(at::kDouble);
  if (codes.size(1) == 2) {
    return {.kind = "latents",
            .coordinates = latents,
            .x_label = "latent_0",
            .y_label = "latent_1",
            .explained = {}};
  }
  const at::Tensor second = options.second.defined() ? options.second.to(at::kDouble)
                                                     : at::zeros({codes.size(0)}, at::kDouble);
  return {.kind = "latents",
          .coordinates = at::stack({latents.select(1, 0), second}, 1),
          .x_label = "latent_0",
          .y_label = options.second_label,
          .explained = {}};
}

}  // namespace ae
