#pragma once

#include <map>
#include <string>

#include "experiments.h"

namespace ae {

inline constexpr int64_t kRows = 12;
inline constexpr int64_t kFeatures = 8;

/// Labels of the rows, of three classes.
at::Tensor labels();

/// A latent as a config describes it, with options for codes as narrow as here.
Json small_latent(const std::string& name);
/// Normalisation of hidden layers of six.
Json small_normalization(const std::string& name);
Json small_corruption(const std::string& name);

/// Configs that hold every part of every table once, in a model that is plain otherwise.
std::map<std::string, Json> one_of_each();

}  // namespace ae
