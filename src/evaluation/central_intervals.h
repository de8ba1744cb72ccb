#pragma once

#include <ATen/core/Tensor.h>

namespace ae {

/// Upper end of the standard normal distribution's central interval, as that of
/// scipy.stats.norm.interval(share). @param share  of the probability, in (0, 1)
double normal_interval_end(double share);

/// Upper end of the central interval of a Laplace distribution of scale 1, as that of
/// scipy.stats.laplace.interval(share).
double laplace_interval_end(double share);

/// True for counts that lie within the central interval of a Poisson distribution, as
/// scipy.stats.poisson.interval(share, rate) has it, ends included. As counts are whole, its
/// probability is `share` or more.
/// @param counts, rates  [N, D] of the same shape, or such that they broadcast; rates > 0
/// @return               [N, D] bool
at::Tensor within_poisson_interval(const at::Tensor& counts, const at::Tensor& rates, double share);

}  // namespace ae
