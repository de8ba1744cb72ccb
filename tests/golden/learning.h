#pragma once

#include <map>
#include <string>

#include "case.h"
#include "engine/training_engine.h"

namespace ae {

/// Ten updates of a case's model, each by all of its rows with the same noise; expects the losses
/// before them to be PyTorch's.
/// @param learner  of the case's model and objective
/// @param losses   before each update
/// @return         the terms of the loss before the first update, by name
std::map<std::string, double> expect_losses(const GoldenCase& golden, TrainingEngine& engine,
                                            const OptimizerSpec& optimizer, const Json& losses);

/// Expects a learner's parameters to be those that PyTorch ended with.
/// @param expected  lists of numbers by the parameters' names
void expect_parameters(const TrainingEngine& engine, const Json& expected, double tolerance);

}  // namespace ae
