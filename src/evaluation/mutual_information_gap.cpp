#include "evaluation/mutual_information_gap.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_unique.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/bincount.h>
#include <ATen/ops/bucketize.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/xlogy.h>

#include <algorithm>
#include <cstdint>
#include <tuple>

namespace ae {
namespace {

constexpr int64_t kBins = 20;

/// Bin of each value, in [0, kBins): the edges of NumPy's histogram, the last bin closed.
/// @param values  [N] float64
at::Tensor bins_of(const at::Tensor& values) {
  const double least = values.min().item<double>();
  const double step = (values.max().item<double>() - least) / kBins;
  const at::Tensor edges = at::arange(kBins, at::kDouble) * step + least;
  return at::bucketize(values.contiguous(), edges, /*out_int32=*/false, /*right=*/true) - 1;
}

/// Numbers each distinct value of a factor.
struct FactorClasses {
  explicit FactorClasses(const at::Tensor& labels) {
    const auto [distinct, inverse] =
        at::_unique(labels.contiguous(), /*sorted=*/true, /*return_inverse=*/true);
    classes = inverse;
    count = distinct.size(0);
  }

  at::Tensor classes;  // [N] int64 in [0, count)
  int64_t count = 0;
};

/// Entropy in nats of a table of counts.
double entropy_of(const at::Tensor& counts) {
  const at::Tensor shares = counts.to(at::kDouble) / counts.sum();
  return -at::xlogy(shares, shares).sum().item<double>();
}

/// @param bins  [N] of a code
double information_of(const at::Tensor& bins, const FactorClasses& factor) {
  const at::Tensor table =
      at::bincount(bins * factor.count + factor.classes, {}, kBins * factor.count)
          .view({kBins, factor.count});
  return std::max(0., entropy_of(table.sum(1)) + entropy_of(table.sum(0)) - entropy_of(table));
}

}  // namespace

std::optional<MutualInformationGap> mutual_information_gap(const at::Tensor& codes,
                                                           const at::Tensor& factors) {
  if (codes.size(1) < 2) return std::nullopt;
  std::vector<at::Tensor> bins;
  for (int64_t j = 0; j < codes.size(1); ++j) {
    bins.push_back(bins_of(codes.select(1, j).to(at::kDouble)));
  }
  MutualInformationGap out;
  out.information = at::empty({codes.size(1), factors.size(1)}, at::kDouble);
  double sum = 0;
  int64_t varying = 0;
  for (int64_t f = 0; f < factors.size(1); ++f) {
    const FactorClasses factor(factors.select(1, f));
    for (size_t j = 0; j < bins.size(); ++j) {
      out.information[static_cast<int64_t>(j)][f] = information_of(bins[j], factor);
    }
    out.factors.emplace_back();
    if (factor.count < 2) continue;
    const at::Tensor best = std::get<0>(out.information.select(1, f).topk(2));
    out.factors.back() = (best[0] - best[1]).item<double>() /
                         entropy_of(at::bincount(factor.classes, {}, factor.count));
    sum += *out.factors.back();
    ++varying;
  }
  if (varying == 0) return std::nullopt;
  out.mean = sum / static_cast<double>(varying);
  return out;
}

}  // namespace ae
