#pragma once

#include <string>

#include "config/json.h"
#include "evaluation/evaluate.h"
#include "evaluation/probe.h"
#include "models/autoencoder.h"
#include "runs/profile.h"

namespace ae {

/// Layer table: name, kind, output shape, parameters; the last line has the total.
std::string layers_text(const Autoencoder& model);
Json layers_json(const Autoencoder& model);

/// Time of a step by phase, and throughput relative to the device's limit.
/// @param plan  description of how the step is computed
std::string profile_text(const Profile& profile, const std::string& plan);
Json profile_json(const Profile& profile, const std::string& plan);

/// Outcome of training and path of the run.
std::string result_text(const Json& result);

/// Table that ae-eval prints.
/// @param model  name of the model's line
std::string evaluation_text(const Evaluation& evaluation, const std::string& model);

/// Table that ae-eval --probe adds.
std::string probe_text(const Probe& probe);

}  // namespace ae
