#include "evaluation/latent_gaps.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cdist.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/random.h"
#include "data/step.h"
#include "inference/data_stream.h"

namespace ae {

double median_neighbour_distance(const at::Tensor& codes) {
  constexpr int64_t kAtOnce = 256;
  const at::Tensor wide = codes.to(at::kCPU, at::kDouble);
  std::vector<at::Tensor> nearest;
  for (int64_t begin = 0; begin < wide.size(0); begin += kAtOnce) {
    const int64_t count = std::min(kAtOnce, wide.size(0) - begin);
    // Exact differences: those of products lose near neighbours to rounding.
    at::Tensor distances = at::cdist(wide.narrow(0, begin, count), wide, 2, /*compute_mode=*/2);
    distances.narrow(1, begin, count).diagonal().fill_(std::numeric_limits<double>::infinity());
    nearest.push_back(distances.amin(1));
  }
  return at::cat(nearest).median().item<double>();
}

LatentGaps latent_gaps(Autoencoder& model, const at::Tensor& points, const at::Tensor& labels,
                       const at::Tensor& training_codes) {
  const int64_t at_once = stream_rows(model.widest());
  std::vector<at::Tensor> distances;
  for (int64_t begin = 0; begin < points.size(0); begin += at_once) {
    const int64_t count = std::min(at_once, points.size(0) - begin);
    const at::Tensor some = points.narrow(0, begin, count);
    const ForwardContext context{
        .condition =
            model.condition(labels.defined() ? labels.narrow(0, begin, count) : at::Tensor())};
    const at::Tensor back = model.encode(model.decode_to_data(some, context), context).code();
    distances.push_back((back - some).to(at::kDouble).square().sum(1).sqrt().cpu());
  }
  LatentGaps out{.ratios = {}, .neighbour_distance = median_neighbour_distance(training_codes)};
  out.ratios = double_vector(at::cat(distances) / out.neighbour_distance);
  std::ranges::sort(out.ratios);
  const auto outside =
      out.ratios.end() - std::upper_bound(out.ratios.begin(), out.ratios.end(), 1.0);
  out.share_outside = static_cast<double>(outside) / static_cast<double>(out.ratios.size());
  return out;
}

at::Tensor uniform_in_box(const at::Tensor& codes, int64_t count, uint64_t seed) {
  at::Tensor u = at::empty({count, codes.size(1)}, at::kFloat);
  RandomStream({.seed = seed, .purpose = Purpose::sampling, .layer = 3})
      .uniform({u.mutable_data_ptr<float>(), static_cast<size_t>(u.numel())});
  const at::Tensor low = codes.amin(0);
  return low + u.to(codes.device()) * (codes.amax(0) - low);
}

}  // namespace ae
