#pragma once

#include <string>

#include "config/json.h"
#include "data/splits.h"
#include "evaluation/evaluate.h"
#include "evaluation/probe.h"
#include "models/autoencoder.h"
#include "runs/profile.h"

namespace ae {

/// The layer table: name, kind, output shape, parameters; the last line sums up.
std::string layers_text(const Autoencoder& model);
Json layers_json(const Autoencoder& model);

/// A line for each split: rows, shape, file.
std::string data_text(const Splits& splits);
Json data_json(const Splits& splits);

/// Where the time of a step goes, by phases, and how near it comes to the device's limit.
/// @param plan  how the step is computed
std::string profile_text(const Profile& profile, const std::string& plan);
Json profile_json(const Profile& profile, const std::string& plan);

/// What training came to, and where it is.
std::string result_text(const Json& result);

/// The table that ae-eval prints.
std::string evaluation_text(const Evaluation& evaluation, const std::string& model);

/// The table that --probe adds to it.
std::string probe_text(const Probe& probe);

}  // namespace ae
