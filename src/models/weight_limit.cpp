#include "models/weight_limit.h"

#include <spdlog/fmt/fmt.h>

#include <utility>

#include "core/error.h"
#include "core/memory.h"

namespace ae {
namespace {

// Memory of a layer's module and tensor objects, beside its weights.
constexpr double kLayerBytes = 4096;

double bytes_of(double weights, int64_t layers) {
  return weights * sizeof(float) + kLayerBytes * static_cast<double>(layers);
}

}  // namespace

thread_local WeightLimit* WeightLimit::innermost_ = nullptr;

WeightLimit::WeightLimit() : free_bytes_(static_cast<double>(available_memory_bytes())) {
  innermost_ = this;
}

WeightLimit::WeightLimit(double weights, int64_t layers, std::string source) : WeightLimit() {
  source_ = std::move(source);
  max_weights_ = weights;
  max_layers_ = layers;
}

WeightLimit::~WeightLimit() { innermost_ = outer_; }

void WeightLimit::add(const std::string& layer, double weights, const char* remedy) {
  if (innermost_ == nullptr) return WeightLimit().add(layer, weights, remedy);
  for (WeightLimit* limit = innermost_; limit != nullptr; limit = limit->outer_) {
    limit->weights_ += weights;
    ++limit->layers_;
    limit->check_source(layer);
  }
  // Memory of earlier layers was free when the limit was created.
  const double available = innermost_->free_bytes_;
  const double in_all = bytes_of(innermost_->weights_, innermost_->layers_);
  if (in_all <= available) return;
  const bool alone = weights * sizeof(float) > available;
  throw usage_error(
      "the model does not fit into memory: {}{} {:.4g} GB, {:.4g} GB are free; take smaller {}",
      layer, alone ? " takes" : " and those before it take",
      (alone ? weights * sizeof(float) : in_all) / 1e9, available / 1e9, remedy);
}

void WeightLimit::check_source(const std::string& layer) const {
  if (source_.empty() || (weights_ <= max_weights_ && layers_ <= max_layers_)) return;
  throw data_error(
      "{}: does not fit the model that its config describes: with {} the model has more weights "
      "than the file; the file is damaged, or was put together from others",
      source_, layer);
}

}  // namespace ae
