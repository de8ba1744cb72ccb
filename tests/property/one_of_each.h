#pragma once

#include <map>
#include <string>

#include "experiments.h"

namespace ae {

inline constexpr int64_t kRows = 12;
inline constexpr int64_t kFeatures = 8;

/// Row noise in float64.
class DoubleNoise : public FirstRowsNoise {
 public:
  using FirstRowsNoise::FirstRowsNoise;
  at::Tensor normal(Purpose purpose, int64_t width, uint32_t layer) const override;
  at::Tensor uniform(Purpose purpose, int64_t width, uint32_t layer) const override;
  std::unique_ptr<Noise> part(int64_t first, int64_t count) const override;
};

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
