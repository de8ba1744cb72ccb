#pragma once

#include <set>
#include <string>
#include <vector>

#include "config/json.h"

namespace ae {

/// Applies `path=value` settings to a config, in order: `model.latent_dim=2`, `model.sparsity=l1`,
/// `model.encoder.layers[0].kernel=5`. A value that is not valid JSON is a string.
/// @return the paths that were set
/// @throws Error(usage) if a setting has no "=", or its path leads through a scalar or beyond the
///         end of a list
std::set<std::string> apply_overrides(Json& config, const std::vector<std::string>& settings);

/// Merges `above` into `below`, key by key. For a part (an object with "type"), a string is the
/// type, and a part of another type replaces the one below as a whole, as its options differ.
Json layered(const Json& below, const Json& above);

}  // namespace ae
