#pragma once

#include <map>
#include <string>

#include "case.h"
#include "engine/training_engine.h"

namespace ae {

/// Makes ten updates of a case's model, each with all of its rows and the same noise; expects
/// PyTorch's losses before each.
/// @param learner  of the case's model and objective
/// @param losses   before each update
/// @return         the terms of the loss before the first update, by name
std::map<std::string, double> expect_losses(const GoldenCase& golden, TrainingEngine& engine,
                                            const OptimizerSpec& optimizer, const Json& losses);

/// Expects the engine's parameters to equal PyTorch's after training.
/// @param expected  lists of numbers by the parameters' names
void expect_parameters(const TrainingEngine& engine, const Json& expected, double tolerance);

}  // namespace ae
