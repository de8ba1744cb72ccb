#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "engine/autograd/autograd_executor.h"
#include "one_of_each.h"

namespace ae {

/// Rows to compare a model on, a fraction of whose values is 0.
struct Rows {
  int64_t count = kRows;
  double zeros = 0;

  at::Tensor values(int64_t features) const;
};

/// Numbers of another noise, copied to a device.
class NoiseOnDevice : public Noise {
 public:
  /// `drawn` must outlive this.
  NoiseOnDevice(const Noise& drawn, at::Device device) : drawn_(drawn), device_(device) {}
  at::Tensor normal(Purpose purpose, int64_t width, uint32_t layer) const override {
    return drawn_.normal(purpose, width, layer).to(device_);
  }
  at::Tensor uniform(Purpose purpose, int64_t width, uint32_t layer) const override {
    return drawn_.uniform(purpose, width, layer).to(device_);
  }
  std::unique_ptr<Noise> part(int64_t first, int64_t count) const override {
    return drawn_.part(first, count);
  }

 private:
  const Noise& drawn_;
  at::Device device_;
};

/// Device of a comparison, and layout of the weights.
struct Placement {
  bool laid_out = false;  ///< in the training engine's layout
  at::Device device = at::kCPU;
};

/// Model of a config, with its gradients in flat buffers.
struct Differentiated {
  Differentiated(const Json& config, at::ScalarType type, const Rows& of = {},
                 const Placement& placement = {});

  int64_t features() const;
  std::shared_ptr<Autoencoder> build() const;
  void add_gradients(StepExecutor& program);
  /// Gradients by any forward and backward: work(inputs, settings, scale).
  void add_gradients(
      const std::function<void(const StepInputs&, const StepSettings&, double)>& work);

  static constexpr int64_t kDeadAfter = 1000;  // rows

  Rows rows;
  Experiment experiment;
  std::shared_ptr<Autoencoder> model;
  Objective objective;
  std::unique_ptr<FlatParameters> flat;
  LossTerms sums;
  std::optional<DeadLatentTracker> tracker;
};

/// Gradients and terms within `tolerance` of the largest gradient, or of the term.
void expect_same(const Differentiated& a, const Differentiated& b, double tolerance);

}  // namespace ae
