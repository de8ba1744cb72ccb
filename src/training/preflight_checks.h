#pragma once

#include <string>
#include <vector>

#include "data/splits.h"
#include "models/autoencoder.h"
#include "training/experiment.h"

namespace ae {

/// Findings about an experiment before training, one line each: the problem, its effect, and the
/// option to change.
struct PreflightReport {
  std::vector<std::string> warnings;  ///< probably unintended
  std::vector<std::string> notes;     ///< possibly intended
};

/// Checks the config against a sample of the training rows. Deterministic.
/// @param model  model of the experiment, for the widths of its layers
PreflightReport preflight_checks(const Experiment& experiment, const Splits& splits,
                                 const Autoencoder& model);

}  // namespace ae
