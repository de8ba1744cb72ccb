#pragma once

#include "data/preprocessing.h"
#include "data/splits.h"

namespace ae {

/// How the training file is read: by the data options, or as the stored run's was. Its arguments
/// must outlive it.
FileReading training_reading(const DataOptions& options, const SplitRequest& request);

/// Numbers the categories in alphabetical order, so that neither numbers nor fingerprint depend on
/// the order of rows, and a file that is read with known categories has the same.
void sort_categories(Dataset& data);

/// Preprocessing of the training data by the options, all but the range of the rows.
/// @param train   as it was read
/// @param rows    numbers of the training rows, to which the features are fitted
/// @param stored  of the run that goes on or is evaluated, whose scaling, shape and columns are
///                kept; null for a new one
/// @throws Error(data) if data.scale makes the values constant or not finite in float32, or the
///         features cannot be fitted
Preprocessing fit_preprocessing(const DataOptions& options, const Dataset& train,
                                std::span<const int64_t> rows, const SplitRequest& request);

/// Replaces the rows of a dataset, as they were read, by the model's features, if the preprocessing
/// makes some.
void make_features(Dataset& data, const Preprocessing& preprocessing);

}  // namespace ae
