#pragma once

#include <string>

#include "models/reconstruction.h"

namespace ae {

/// Options of a likelihood's scale.
struct ScaleOptions {
  std::string variance = "fixed";
  double value = 1;       ///< fixed value, or initial value if learned
  double minimum = 1e-3;  ///< lower bound if learned

  /// @param name      name of the option for the value, "sigma"
  /// @param help      help text of that option
  /// @param min_name  name of the option for the minimum, "least_sigma"
  void visit(OptionVisitor& visitor, const char* name, const char* help, const char* min_name);
};

/// Location-scale likelihood (gaussian, laplace) whose location is the decoder's output; the scale
/// is fixed, learned for all features together, or learned per feature. Source: Rybkin et al. 2020,
/// "sigma-VAE" (arXiv:2006.13202).
class LocationScale : public Reconstruction {
 public:
  /// @param name  of the scale; a learned "sigma" is the parameter "log_sigma", [1] or [D]
  /// @throws Error(usage) if the initial value of a learned scale is not above the minimum
  LocationScale(const ScaleOptions& options, const std::string& name, int64_t features);
  double feature_weight(int64_t /*features*/) const override { return 1; }

 protected:
  /// Scale in the output's element type, on its device. [1] or [D]
  at::Tensor scale(const at::Tensor& output) const;

 private:
  double value_;
  double min_;
  at::Tensor log_scale_;  // undefined if the scale is fixed
};

}  // namespace ae
