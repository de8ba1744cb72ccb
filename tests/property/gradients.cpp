#include "gradients.h"

#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace ae {

void expect_gradient(const at::Tensor& point,
                     const std::function<at::Tensor(const at::Tensor&)>& function,
                     const std::string& what) {
  constexpr double kStep = 1e-5;
  const at::Tensor x = point.detach().clone().requires_grad_();
  function(x).backward();
  ASSERT_TRUE(x.grad().defined()) << what;
  const at::Tensor analytic = x.grad().flatten();
  const c10::NoGradGuard no_grad;
  at::Tensor moved = point.detach().clone();
  at::Tensor flat = moved.view(-1);
  for (int64_t i = 0; i < flat.numel(); ++i) {
    const double value = flat[i].item<double>();
    flat[i].fill_(value + kStep);
    const double above = function(moved).item<double>();
    flat[i].fill_(value - kStep);
    const double below = function(moved).item<double>();
    flat[i].fill_(value);
    const double numeric = (above - below) / (2 * kStep);
    const double expected = analytic[i].item<double>();
    EXPECT_NEAR(numeric, expected, 1e-7 * std::max(1.0, std::abs(expected)))
        << what << " at element " << i << ", " << value;
  }
}

}  // namespace ae
