#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/matmul.h>

#include <algorithm>
#include <stdexcept>

#include "core/error.h"
#include "data/step.h"

namespace ae::steps {
namespace {

constexpr int64_t kMaxNumbers = 1 << 20;  // of the matrix, which every checkpoint holds
constexpr double kLeastVariance = 1e-10;  // against the largest: less is rounding

/// Principal components with variance 1.
class Whiten : public Step {
 public:
  /// @param mean     [D]
  /// @param axes     [D, K] orthonormal
  /// @param spreads  [K] standard deviations along the axes
  Whiten(at::Tensor mean, at::Tensor axes, at::Tensor spreads)
      : mean_(std::move(mean)), axes_(std::move(axes)), spreads_(std::move(spreads)) {}

  at::Tensor forward(const at::Tensor& rows) const override {
    return (rows - mean_).matmul(axes_) / spreads_;
  }
  at::Tensor inverse(const at::Tensor& rows) const override {
    return (rows * spreads_).matmul(axes_.t()) + mean_;
  }
  Json state() const override {
    return {{"mean", double_vector(mean_)},
            {"axes", double_vector(axes_)},
            {"spreads", double_vector(spreads_)}};
  }
  std::vector<std::string> names(const std::vector<std::string>& /*names*/) const override {
    std::vector<std::string> all;
    for (int64_t i = 0; i < spreads_.numel(); ++i) all.push_back(fmt::format("component_{}", i));
    return all;
  }

 private:
  at::Tensor mean_;
  at::Tensor axes_;
  at::Tensor spreads_;
};

class WhitenSpec : public StepSpec {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("components", components_, between(1, 65536),
                   "Number of principal components to keep; null for all with a variance.");
  }

  std::unique_ptr<Step> fit(const StepRows& rows) const override {
    const int64_t width = rows.rows.size(1);
    if (rows.rows.isnan().any().item<bool>()) {
      throw data_error(
          "{}: data.preprocessing \"whiten\" needs rows without gaps; set data.missing to \"mean\" "
          "or \"median\"",
          rows.file);
    }
    if (width * std::min(width, components_.value_or(width)) > kMaxNumbers) {
      throw data_error(
          "{}: data.preprocessing \"whiten\" of {} columns to {} components takes a matrix of more "
          "than {} numbers; lower \"components\"",
          rows.file, width, components_.value_or(width), kMaxNumbers);
    }
    const at::Tensor mean = rows.rows.mean(0);
    const at::Tensor centred = rows.rows - mean;
    const auto [variances, vectors] =
        at::linalg_eigh(centred.t().matmul(centred) / static_cast<double>(rows.rows.size(0)));
    const double least = variances.max().item<double>() * kLeastVariance;
    const int64_t present = variances.gt(std::max(least, 0.0)).sum().item<int64_t>();
    if (present == 0) {
      throw data_error("{}: data.preprocessing \"whiten\": all rows are equal", rows.file);
    }
    const int64_t kept = std::min(present, components_.value_or(present));
    // In ascending order of variance.
    return std::make_unique<Whiten>(mean,
                                    vectors.narrow(1, width - kept, kept).flip(1).contiguous(),
                                    variances.narrow(0, width - kept, kept).flip(0).sqrt());
  }

  std::unique_ptr<Step> restore(const Json& state, int64_t width) const override {
    const auto kept = static_cast<int64_t>(state.at("spreads").size());
    if (kept < 1 || kept > width || width * kept > kMaxNumbers) throw std::out_of_range("spreads");
    return std::make_unique<Whiten>(
        read_doubles(state.at("mean"), width),
        read_doubles(state.at("axes"), width * kept).view({width, kept}),
        read_doubles(state.at("spreads"), kept));
  }
  bool is_elementwise() const override { return false; }

 private:
  std::optional<int64_t> components_;
};

}  // namespace

PartEntry<StepSpec> whiten() {
  return {"whiten", "principal components with variance 1, from the rows' covariance",
          make_part<StepSpec, WhitenSpec>};
}

}  // namespace ae::steps
