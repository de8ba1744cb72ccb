#pragma once

#include <set>
#include <string>
#include <vector>

#include "config/json.h"

namespace ae {

/// Applies `path=value` settings to a config: `model.latent_dim=2`, `model.sparsity=l1`,
/// `model.encoder.layers[0].kernel=5`. A value that parses as JSON is taken so, any other as a
/// string.
/// @return the paths that were set
/// @throws Error(usage) where a setting has no "=", or its path runs through a value or past a
/// list's end
std::set<std::string> apply_overrides(Json& config, const std::vector<std::string>& settings);

/// `above` laid over `below`, key by key. A string over a part stands for its type; a part of
/// another type replaces the one below whole, since its options mean something else.
Json layered(const Json& below, const Json& above);

}  // namespace ae
