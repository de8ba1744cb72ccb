#include "evaluation/probe_features.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/where.h>

#include "core/error.h"

namespace ae {

at::Tensor ProbeFeatures::compute(const RowSet& set, const Scaling& scaling) const {
  at::Tensor out = at::empty({set.count(), width}, at::kFloat);
  int64_t first = 0;
  const auto next = chunks_of(set, scaling, width)();
  while (const auto rows = next()) {
    at::Tensor part = out.narrow(0, first, rows->size(0));
    part.copy_(extract(*rows));
    if (!part.isfinite().all().item<bool>()) {
      throw data_error(
          "{}: {} of rows {} to {} of the set are not finite; check these rows for extreme values, "
          "and whether the model diverged",
          set.data->path.string(), title, first, first + rows->size(0) - 1);
    }
    first += rows->size(0);
  }
  return out;
}

std::vector<ProbeFeatures> probe_features(const TrainedModel& trained, const Pca& pca) {
  Autoencoder& model = *trained.model;
  const auto codes = [&model, device = trained.device](const at::Tensor& x) {
    return model.encode(x.to(device)).code();
  };
  const auto inputs = [&pca](const at::Tensor& x) {
    return at::where(x.isnan(), pca.mean.to(x.scalar_type()), x);  // NaN: missing
  };
  const auto components = [&pca](const at::Tensor& x) { return pca.project(x); };
  return {{"codes", "codes", model.latent_dim(), codes},
          {"inputs", "inputs", trained.info.preprocessing.width(), inputs},
          {"pca", "components of PCA", pca.components.size(1), components}};
}

}  // namespace ae
