#pragma once

#include "data/splits.h"
#include "models/input_info.h"
#include "models/objective.h"
#include "training/experiment.h"

namespace ae {

/// What the model of an experiment is built for; the mean is taken only where a part asks for it.
InputInfo input_of(const Experiment& experiment, const Splits& splits);

/// The share of what the encoder is given in training that is 0, guessed from some rows.
double zeros_in_input(const Experiment& experiment, const Objective& objective,
                      const Splits& splits);

}  // namespace ae
