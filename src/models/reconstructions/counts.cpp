#include "models/reconstructions/counts.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/where.h>

#include <cmath>

namespace ae {
namespace {

const double kHighestMean = std::exp2(24);
const double kHighestOutput = std::log(kHighestMean);

}  // namespace

at::Tensor CountLikelihood::log_mean(const at::Tensor& output) {
  const at::Tensor o = output.to(at::kDouble);
  const at::Tensor beyond = (o - kHighestOutput).clamp_min(0);
  return at::where(o.gt(kHighestOutput), beyond.log1p() + kHighestOutput, o);
}

at::Tensor CountLikelihood::mean(const at::Tensor& output) const {
  return log_mean(output).exp().to(output.scalar_type());
}

at::Tensor CountLikelihood::output_for(const at::Tensor& mean) const {
  const at::Tensor m = mean.to(at::kDouble).clamp_min(1e-6);
  const at::Tensor tangent = m / kHighestMean + (kHighestOutput - 1);
  return at::where(m.gt(kHighestMean), tangent, m.log()).to(mean.scalar_type());
}

}  // namespace ae
