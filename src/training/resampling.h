#pragma once

#include "config/interval.h"
#include "config/option_visitor.h"
#include "models/options.h"

namespace ae {

/// Resampling (reinitialisation) of dead latents.
struct ResamplingOptions {
  Interval every{5, Interval::Unit::epochs};
  double encoder_scale = 0.2;

  void visit(OptionVisitor& visitor);
  /// @throws Error(usage) if the model's latents cannot be reinitialised one by one
  void check(const ModelOptions& model, const std::string& config) const;
};

/// Samples rows with probability proportional to their squared error, as new directions of dead
/// latents.
/// @param errors  [N] reconstruction errors, non-negative
/// @param u       [n] uniform in [0, 1)
/// @return        [n] int64 in [0, N)
/// Source: Bricken et al. 2023, "Towards Monosemanticity", appendix "Neuron resampling".
at::Tensor rows_by_squared_error(const at::Tensor& errors, const at::Tensor& u);

}  // namespace ae
