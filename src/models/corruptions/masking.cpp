#include <ATen/Dispatch.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "models/corruption.h"
#include "models/corruptions/fill.h"

namespace ae::corruptions {
namespace {

/// Selects the smallest of uniform numbers in [0, 1) by a bucket histogram: only the bucket that
/// contains the last selected number is sorted.
class SmallestFinder {
 public:
  /// @return  indices of the `count` smallest, unordered; ties by index. Valid until the next call.
  std::span<const uint32_t> find(std::span<const float> x, size_t count) {
    std::array<uint32_t, kBuckets> counts{};
    for (const float value : x) ++counts[bucket_of(value)];
    size_t last = 0;
    size_t smaller = 0;
    for (; smaller + counts[last] < count; ++last) smaller += counts[last];
    found_.resize(x.size() + counts[last]);
    auto* found = found_.data();
    auto* last_bucket = found + x.size();
    size_t like = 0;
    size_t n = 0;
    for (uint32_t i = 0; i < x.size(); ++i) {
      const size_t size = bucket_of(x[i]);
      found[n] = i;
      n += size < last ? 1 : 0;
      if (size == last) last_bucket[like++] = i;
    }
    std::partial_sort(
        last_bucket, last_bucket + (count - smaller), last_bucket + like,
        [&](uint32_t a, uint32_t b) { return std::pair(x[a], a) < std::pair(x[b], b); });
    std::copy_n(last_bucket, count - smaller, found + n);
    return {found, count};
  }

 private:
  static constexpr size_t kBuckets = 256;
  static size_t bucket_of(float value) {
    return static_cast<size_t>(value * static_cast<float>(kBuckets));
  }
  std::vector<uint32_t> found_;
};

class Masking : public Corruption {
 public:
  Masking(double fraction, Fill fill) : fraction_(fraction), fill_(std::move(fill)) {}

  at::Tensor apply(const at::Tensor& x, const Noise& noise) const override {
    const int64_t masked = std::llround(fraction_ * static_cast<double>(x.size(1)));
    const at::Tensor rank = noise.uniform(Purpose::corruption, x.size(1));  // [B, D]
    if (masked == 0) return x;
    // Masks the values with the `masked` smallest random numbers.
    if (x.device().is_cpu()) return masked_on_cpu(x, rank.to(at::kFloat), masked);
    const at::Tensor chosen =
        std::get<1>(rank.topk(masked, 1, /*largest=*/false, /*sorted=*/false));
    if (fill_.is_zero()) return x.scatter(1, chosen, 0);
    return fill_.put(x, at::zeros_like(x, at::kBool).scatter_(1, chosen, true));
  }

 private:
  at::Tensor masked_on_cpu(const at::Tensor& x, const at::Tensor& rank, int64_t masked) const {
    at::Tensor out = x.clone(at::MemoryFormat::Contiguous);
    const at::Tensor fill = fill_.is_zero() ? at::zeros({x.size(1)}, x.options()) : fill_.like(x);
    const auto width = static_cast<size_t>(x.size(1));
    const float* ranks = rank.const_data_ptr<float>();
    SmallestFinder finder;
    AT_DISPATCH_FLOATING_TYPES(x.scalar_type(), "masking", [&] {
      auto* values = out.mutable_data_ptr<scalar_t>();
      const auto* fills = fill.const_data_ptr<scalar_t>();
      for (int64_t row = 0; row < x.size(0); ++row, ranks += width, values += width) {
        for (const uint32_t i : finder.find({ranks, width}, static_cast<size_t>(masked))) {
          values[i] = fills[i];
        }
      }
    });
    return out;
  }

  double fraction_;
  Fill fill_;
};

/// Source: Vincent et al. 2010, "Stacked denoising autoencoders", section 3.3.
class MaskingSpec : public CorruptionSpec {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("fraction", fraction_, strictly_between(0, 1),
                   "Fraction of each sample's values that are masked, at random in each epoch.");
    fill_.declare(visitor);
  }
  bool needs_mean() const override { return fill_.is_mean(); }
  std::unique_ptr<Corruption> build(const InputInfo& input) const override {
    return std::make_unique<Masking>(fraction_, fill_.of(input));
  }

 private:
  double fraction_ = 0.3;
  FillOption fill_;
};

}  // namespace

PartEntry<CorruptionSpec> masking() {
  return {"masking", "sets a fixed fraction of each sample's values to 0 or the feature's mean",
          make_part<CorruptionSpec, MaskingSpec>};
}

}  // namespace ae::corruptions
