#pragma once

#include <string>
#include <vector>

#include "data/splits.h"
#include "models/autoencoder.h"
#include "training/experiment.h"

namespace ae {

/// What a user should know of an experiment before it is trained, a line each: what is seen, why it
/// matters, and which option to set to what.
struct PreflightReport {
  std::vector<std::string> warnings;  ///< most likely not what is wanted
  std::vector<std::string> notes;     ///< to be known, and often wanted
};

/// A function of the config and the data alone; looks at a sample of the training rows.
/// @param model  built by the experiment, for the widths of its layers
PreflightReport preflight_checks(const Experiment& experiment, const Splits& splits,
                                 const Autoencoder& model);

}  // namespace ae
