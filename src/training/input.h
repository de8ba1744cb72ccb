#pragma once

#include "data/splits.h"
#include "models/input_info.h"
#include "training/experiment.h"

namespace ae {

/// What the model of an experiment is built for; the mean is taken only where a part asks for it.
InputInfo input_of(const Experiment& experiment, const Splits& splits);

}  // namespace ae
