#pragma once

#include <string>

#include "models/reconstruction.h"

namespace ae {

/// How wide a likelihood is about the decoder's output.
struct ScaleOptions {
  std::string variance = "fixed";
  double value = 1;     ///< where it is learned, what it begins with
  double least = 1e-3;  ///< what it stays above where it is learned

  /// @param name        of the option that holds the value, "sigma"
  /// @param help        of that option
  /// @param least_name  "least_sigma"
  void visit(OptionVisitor& visitor, const char* name, const char* help, const char* min_name);
};

/// A likelihood about the decoder's output, whose width is fixed, learned for all features
/// together, or learned for each: what gaussian and laplace have in common.
/// Source: Rybkin et al. 2020, "sigma-VAE" (arXiv:2006.13202).
class LocationScale : public Reconstruction {
 public:
  /// @param name  of the scale: "sigma" is learned as the parameter "log_sigma", [1] or [D]
  /// @throws Error(usage) where a learned scale would begin below what it has to stay above
  LocationScale(const ScaleOptions& options, const std::string& name, int64_t features);
  double feature_weight(int64_t /*features*/) const override { return 1; }

 protected:
  /// In the output's element type, on its device. [1] or [D]
  at::Tensor scale(const at::Tensor& output) const;

 private:
  double value_;
  double min_;
  at::Tensor log_scale_;  // undefined where the scale is fixed
};

}  // namespace ae
