#include "suggestion/data_figures.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_eigvalsh.h>

#include <algorithm>
#include <cmath>

#include "data/resident_rows.h"

namespace ae {
namespace {

constexpr int64_t kMostRows = 10'000;
constexpr int64_t kMostFeatures = 2048;

/// At most kMostRows rows at equal distances, scaled. [n, D] float64, NaN where a value is missing
at::Tensor sampled_rows(const Splits& splits) {
  const std::vector<int64_t>& all = splits.train.rows;
  const size_t every = (all.size() + kMostRows - 1) / kMostRows;
  std::vector<int64_t> some;
  for (size_t i = 0; i < all.size(); i += every) some.push_back(all[i]);
  const ResidentRows rows(*splits.train.data, splits.preprocessing.scaling, at::kCPU);
  return rows.gather(some).to(at::kDouble);
}

/// Shares of the variance explained by 1, 2, … principal components.
std::vector<double> explained_by(const at::Tensor& rows, bool standardize) {
  at::Tensor centred = rows - rows.nanmean(0, /*keepdim=*/true);
  centred.nan_to_num_(0);
  if (standardize) {
    const at::Tensor spread = centred.square().mean(0, /*keepdim=*/true).sqrt();
    centred = centred / spread.masked_fill(spread.eq(0), 1);
  }
  const at::Tensor variances =
      at::linalg_eigvalsh(centred.t().mm(centred)).clamp_min(0).flip(0).contiguous();
  const at::Tensor shares = variances.cumsum(0) / variances.sum().clamp_min(1e-300);
  return {shares.const_data_ptr<double>(), shares.const_data_ptr<double>() + shares.numel()};
}

}  // namespace

int64_t DataFigures::components(double share) const {
  const auto found =
      std::ranges::find_if(explained, [&](double part) { return part >= share - 1e-9; });
  return std::min<int64_t>(found - explained.begin() + 1, std::max<int64_t>(features, 1));
}

DataFigures figures_of(const Splits& splits) {
  const std::vector<int64_t>& shape = splits.preprocessing.shape;
  const at::Tensor rows = sampled_rows(splits);
  const at::Tensor values = rows.masked_select(rows.isnan().logical_not());
  DataFigures figures{.rows = splits.train.count(),
                      .features = rows.size(1),
                      .is_table = !splits.preprocessing.columns.empty(),
                      .is_image = shape.size() == 3,
                      .is_signal = shape.size() == 2};
  if (values.numel() > 0) {
    figures.low = values.min().item<double>();
    figures.high = values.max().item<double>();
    figures.whole = values.eq(values.round()).all().item<bool>();
    figures.binary = values.eq(0).logical_or(values.eq(1)).to(at::kDouble).mean().item<double>();
  }
  if (figures.features <= kMostFeatures) {
    figures.explained = explained_by(rows, !figures.is_image && !figures.in_unit_interval());
  }
  return figures;
}

}  // namespace ae
