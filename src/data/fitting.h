#pragma once

#include "data/preprocessing.h"
#include "data/splits.h"

namespace ae {

/// How the training file is read: by the data options, or as the stored run's was. Its arguments
/// must outlive it.
FileReading training_reading(const DataOptions& options, const SplitRequest& request);

/// Preprocessing of the training data by the options, all but the range of the rows.
/// @param stored  of the run that goes on or is evaluated, whose scaling, shape and columns are
///                kept; null for a new one
/// @throws Error(data) if data.scale makes the values constant or not finite in float32
Preprocessing fit_preprocessing(const DataOptions& options, const Dataset& train,
                                const Preprocessing* stored);

}  // namespace ae
