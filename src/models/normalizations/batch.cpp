#include <ATen/ops/batch_norm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include "models/normalization.h"

namespace ae::normalizations {
namespace {

struct BatchOptions {
  double momentum = 0.1;
  double epsilon = 1e-5;
};

class BatchNormalization : public Normalization {
 public:
  BatchNormalization(int64_t channels, const BatchOptions& options)
      : Normalization(channels),
        options_(options),
        running_mean_(register_buffer("running_mean", at::zeros({channels}))),
        running_var_(register_buffer("running_var", at::ones({channels}))) {}

  at::Tensor forward(const at::Tensor& x, const ForwardContext& context) override {
    // A batch of one row, possible at the end of an epoch, has no variance.
    const bool use_batch_statistics = context.training && x.size(0) > 1;
    return at::batch_norm(x, weight_, bias_, running_mean_, running_var_, use_batch_statistics,
                          options_.momentum, options_.epsilon, /*cudnn_enabled=*/true);
  }

  bool couples_rows() const override { return true; }
  op::Normalization operation() const override {
    return {.weight = weight_, .bias = bias_, .epsilon = options_.epsilon, .by_batch = true};
  }

 private:
  BatchOptions options_;
  at::Tensor running_mean_;
  at::Tensor running_var_;
};

/// Source: Ioffe & Szegedy 2015 (arXiv:1502.03167); running statistics as in torch.nn.BatchNorm1d
/// and BatchNorm2d.
class Batch : public NormalizationSpec {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("momentum", options_.momentum, Range{.min = 0, .max = 1, .min_open = true},
                   "Momentum of the running statistics: weight of the current batch, as in "
                   "torch.nn.BatchNorm1d.");
    visitor.option("epsilon", options_.epsilon, above(0),
                   "Epsilon added to the variance for numerical stability.");
  }
  std::shared_ptr<Normalization> build(int64_t channels,
                                       const std::string& /*network*/) const override {
    return std::make_shared<BatchNormalization>(channels, options_);
  }

 private:
  BatchOptions options_;
};

}  // namespace

PartEntry<NormalizationSpec> batch() {
  return {"batch",
          "batch normalisation: each channel by its mean and variance over the batch and all "
          "positions; outside training, and for a batch of one row, by running statistics",
          make_part<NormalizationSpec, Batch>};
}

}  // namespace ae::normalizations
