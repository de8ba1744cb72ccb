#pragma once

#include "data/splits.h"
#include "models/input_info.h"
#include "models/objective.h"
#include "training/experiment.h"

namespace ae {

/// Input shape of an experiment's model; the mean is computed only if an option needs it.
InputInfo input_of(const Experiment& experiment, const Splits& splits);

/// Fraction of zeros in the encoder's input in training, estimated from a sample of rows.
double zeros_in_input(const Experiment& experiment, const Objective& objective,
                      const Splits& splits);

}  // namespace ae
