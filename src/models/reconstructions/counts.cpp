#include "models/reconstructions/counts.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/where.h>

#include <cmath>

namespace ae {
namespace {

const double kLinearAboveMean = std::exp2(24);
const double kLinearAboveOutput = std::log(kLinearAboveMean);

}  // namespace

at::Tensor CountLikelihood::log_mean(const at::Tensor& output) {
  const at::Tensor o = output.to(at::kDouble);
  const at::Tensor beyond = (o - kLinearAboveOutput).clamp_min(0);
  return at::where(o.gt(kLinearAboveOutput), beyond.log1p() + kLinearAboveOutput, o);
}

at::Tensor CountLikelihood::mean(const at::Tensor& output) const {
  return log_mean(output).exp().to(output.scalar_type());
}

at::Tensor CountLikelihood::output_for(const at::Tensor& mean) const {
  const at::Tensor m = mean.to(at::kDouble).clamp_min(1e-6);
  const at::Tensor tangent = m / kLinearAboveMean + (kLinearAboveOutput - 1);
  return at::where(m.gt(kLinearAboveMean), tangent, m.log()).to(mean.scalar_type());
}

}  // namespace ae
