#pragma once

#include <map>
#include <string>

#include "experiments.h"

namespace ae {

inline constexpr int64_t kRows = 12;
inline constexpr int64_t kFeatures = 8;

/// Labels of the rows; three classes.
at::Tensor labels();

/// Config of a latent, with options that fit the small latent_dim of these tests.
Json small_latent(const std::string& name);
/// Config of a normalisation for hidden layers of width 6.
Json small_normalization(const std::string& name);
Json small_corruption(const std::string& name);

/// Configs that use every part of every table once, with defaults otherwise.
std::map<std::string, Json> one_of_each();

}  // namespace ae
