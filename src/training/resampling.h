#pragma once

#include "config/interval.h"
#include "config/option_visitor.h"
#include "models/options.h"

namespace ae {

/// Gives dead latents a new start.
struct ResamplingOptions {
  Interval every{5, Interval::Unit::epochs};
  double encoder_scale = 0.2;

  void visit(OptionVisitor& visitor);
  /// @throws Error(usage) if latents have no single weights to give anew
  void check(const ModelOptions& model, const std::string& config) const;
};

/// Rows for dead latents to begin at, the likelier the worse they are reconstructed: with a
/// probability in proportion to the square of their error.
/// @param errors  [N] of some rows, not negative
/// @param u       [n] uniform in [0, 1)
/// @return        [n] int64 in [0, N)
/// Source: Bricken et al. 2023, "Towards Monosemanticity", appendix "Neuron resampling".
at::Tensor rows_by_squared_error(const at::Tensor& errors, const at::Tensor& u);

}  // namespace ae
