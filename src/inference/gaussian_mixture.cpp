#include "inference/gaussian_mixture.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_cholesky_ex.h>
#include <ATen/ops/linalg_solve_triangular.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/random.h"
#include "inference/sample.h"
#include "kernels/tensor_jobs.h"

namespace ae {
namespace {

constexpr int64_t kPortionValues = int64_t{1} << 15;  // of rows at a time: 256 kB
constexpr int64_t kSmallWork = int64_t{1} << 20;      // products that are not worth a thread

/// Calls visit(first, differences [n, Z]) for portions of rows less a mean.
template <class Visit>
void visit_differences(const at::Tensor& rows, const at::Tensor& mean, const Visit& visit) {
  const int64_t step = std::max<int64_t>(1, kPortionValues / rows.size(1));
  for (int64_t first = 0; first < rows.size(0); first += step) {
    visit(first, rows.narrow(0, first, std::min(step, rows.size(0) - first)) - mean);
  }
}

/// Lower triangular L with L Lᵀ = covariance. [Z, Z]
at::Tensor factor_of(const at::Tensor& covariance) {
  const auto [factor, info] = at::linalg_cholesky_ex(covariance);
  if (info.item<int>() == 0) return factor;
  throw data_error(
      "the covariance of a component of the Gaussian mixture is not positive definite: the codes "
      "differ too much in scale");
}

/// Calls job(k) for each component, beside each other where that is worth threads.
template <class Job>
void for_each_component(int64_t components, const at::Tensor& rows, const MixtureOptions& options,
                        const Job& job) {
  const int64_t products = options.covariance_type == CovarianceType::full ? rows.size(1) : 1;
  const int threads = rows.numel() * products < kSmallWork ? 1 : options.threads;
  run_tensor_jobs(static_cast<size_t>(components), threads,
                  [&](size_t k) { job(static_cast<int64_t>(k)); });
}

/// Logarithms of weight times density of one component. @param out  [N]
void write_joint(const GaussianMixture& mixture, int64_t k, const at::Tensor& rows,
                 const at::Tensor& out) {
  const at::Tensor& covariance = mixture.covariances[k];
  const int64_t z = mixture.dimensions();
  const bool full = mixture.covariance_type == CovarianceType::full;
  // Differences times this matrix, or these factors, have variances of 1.
  const at::Tensor precision =
      full ? at::linalg_solve_triangular(factor_of(covariance), at::eye(z, at::kDouble),
                                         /*upper=*/false)
                 .t()
           : covariance.rsqrt();
  const double log_determinant =
      (full ? precision.diagonal() : precision).log().sum().item<double>();
  const double constant = mixture.weights[k].log().item<double>() + log_determinant -
                          0.5 * static_cast<double>(z) * std::log(2 * std::numbers::pi);
  visit_differences(rows, mixture.means[k], [&](int64_t first, const at::Tensor& differences) {
    const at::Tensor scaled = full ? differences.matmul(precision) : differences * precision;
    out.narrow(0, first, differences.size(0)).copy_(scaled.square().sum(1) * -0.5 + constant);
  });
}

/// Of each component and row the logarithm of weight times density. [K, N]
at::Tensor log_joint(const GaussianMixture& mixture, const at::Tensor& rows, int threads) {
  const at::Tensor out = at::empty({mixture.components(), rows.size(0)}, at::kDouble);
  for_each_component(mixture.components(), rows,
                     {.covariance_type = mixture.covariance_type, .threads = threads},
                     [&](int64_t k) { write_joint(mixture, k, rows, out[k]); });
  return out;
}

/// Mean and covariance of the rows that belong to one component.
void write_component(const at::Tensor& rows, const at::Tensor& share, double total,
                     const MixtureOptions& options, int64_t k, const GaussianMixture& out) {
  const at::Tensor mean = rows.t().mv(share) / total;
  out.means[k].copy_(mean);
  const at::Tensor covariance = out.covariances[k];
  visit_differences(rows, mean, [&](int64_t first, const at::Tensor& differences) {
    const at::Tensor some = share.narrow(0, first, differences.size(0)).unsqueeze(1);
    if (options.covariance_type == CovarianceType::full) {
      covariance.addmm_((differences * some).t(), differences);
    } else {
      covariance.add_((differences.square() * some).sum(0));
    }
  });
  covariance.div_(total);
  const bool full = options.covariance_type == CovarianceType::full;
  (full ? covariance.diagonal() : covariance).add_(options.regularization);
}

/// Uniform in [0, 1), of 53 bits.
double mixture_fraction(RandomStream& stream) {
  const double high = stream.bits() >> 5;
  const double low = stream.bits() >> 6;
  return (high * 67108864 + low) / 9007199254740992;
}

}  // namespace

int64_t GaussianMixture::parameters() const {
  const int64_t z = dimensions();
  const int64_t of_covariance = covariance_type == CovarianceType::full ? z * (z + 1) / 2 : z;
  return components() * (z + of_covariance + 1) - 1;
}

GaussianMixture mixture_of(const at::Tensor& rows, const at::Tensor& responsibilities,
                           const MixtureOptions& options) {
  const int64_t components = responsibilities.size(0);
  const int64_t z = rows.size(1);
  std::vector<int64_t> shape = {components, z};
  if (options.covariance_type == CovarianceType::full) shape.push_back(z);
  // Not 0 for a component without rows, as in scikit-learn.
  const at::Tensor totals =
      responsibilities.sum(1) + 10 * std::numeric_limits<double>::epsilon();  // [K]
  GaussianMixture out{options.covariance_type, totals / totals.sum(),
                      at::zeros({components, z}, at::kDouble), at::zeros(shape, at::kDouble)};
  for_each_component(components, rows, options, [&](int64_t k) {
    write_component(rows, responsibilities[k], totals[k].item<double>(), options, k, out);
  });
  return out;
}

MixtureFit fit_gaussian_mixture(const at::Tensor& rows, GaussianMixture start,
                                const MixtureOptions& options) {
  MixtureFit fit{.mixture = std::move(start)};
  const SingleThreadGuard alone;
  double previous = -std::numeric_limits<double>::infinity();
  while (!fit.converged && fit.iterations < options.iterations) {
    ++fit.iterations;
    at::Tensor joint = log_joint(fit.mixture, rows, options.threads);
    const at::Tensor density = at::logsumexp(joint, 0);  // [N]
    fit.mixture = mixture_of(rows, joint.sub_(density).exp_(), options);
    const double mean = density.mean().item<double>();
    fit.converged = std::abs(mean - previous) < options.tolerance;
    previous = mean;
  }
  fit.log_likelihood = log_density(fit.mixture, rows, options.threads).sum().item<double>();
  fit.bic =
      static_cast<double>(fit.mixture.parameters()) * std::log(static_cast<double>(rows.size(0))) -
      2 * fit.log_likelihood;
  return fit;
}

at::Tensor log_density(const GaussianMixture& mixture, const at::Tensor& rows, int threads) {
  return at::logsumexp(log_joint(mixture, rows, threads), 0);
}

at::Tensor draw_from_mixture(const GaussianMixture& mixture, int64_t first, int64_t count,
                             uint64_t seed) {
  const int64_t z = mixture.dimensions();
  const bool full = mixture.covariance_type == CovarianceType::full;
  at::Tensor factors = full ? at::empty_like(mixture.covariances) : mixture.covariances.sqrt();
  for (int64_t k = 0; full && k < mixture.components(); ++k) {
    factors[k].copy_(factor_of(mixture.covariances[k]));
  }
  const at::Tensor sums = mixture.weights.cumsum(0);
  const auto* sum = sums.const_data_ptr<double>();
  const auto* means = mixture.means.const_data_ptr<double>();
  const auto* factor = factors.const_data_ptr<double>();
  at::Tensor codes = draw_from_prior(first, count, z, seed);
  auto* code = codes.mutable_data_ptr<float>();
  std::vector<double> standard(static_cast<size_t>(z));
  // By rows and not by matrices, whose rounding would depend on the number of rows.
  for (int64_t i = 0; i < count; ++i, code += z) {
    RandomStream stream({.seed = seed,
                         .purpose = Purpose::sampling,
                         .item = static_cast<uint64_t>(first + i),
                         .layer = 1});  // the normal numbers are of layer 0
    const int64_t last = mixture.components() - 1;
    const int64_t k = std::upper_bound(sum, sum + last, mixture_fraction(stream) * sum[last]) - sum;
    std::copy(code, code + z, standard.begin());
    for (int64_t row = 0; row < z; ++row) {
      double value = means[k * z + row];
      if (full) {
        const double* line = factor + (k * z + row) * z;
        for (int64_t j = 0; j <= row; ++j) value += line[j] * standard[static_cast<size_t>(j)];
      } else {
        value += factor[k * z + row] * standard[static_cast<size_t>(row)];
      }
      code[row] = static_cast<float>(value);
    }
  }
  return codes;
}

}  // namespace ae
