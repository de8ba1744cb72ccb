#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>

#include <algorithm>

#include "core/error.h"
#include "core/text.h"
#include "models/corruption.h"
#include "models/corruptions/fill.h"

namespace ae::corruptions {
namespace {

/// Mask of N blocks along one axis.
/// @param u  [B, N] uniform in [0, 1)
/// @return   [B, N, extent] bool, true within each block
at::Tensor block_mask(const at::Tensor& u, int64_t extent, int64_t size) {
  const at::Tensor first = (u * static_cast<double>(extent - size + 1)).floor_().unsqueeze(2);
  const at::Tensor place = at::arange(extent, u.options());
  return (place >= first).logical_and_(place < first + static_cast<double>(size));
}

class BlockMasking : public Corruption {
 public:
  BlockMasking(const InputInfo& input, int64_t size, int64_t blocks, Fill fill)
      : shape_(input.shape), size_(size), blocks_(blocks), fill_(std::move(fill)) {}

  at::Tensor apply(const at::Tensor& x, const Noise& noise) const override {
    const bool image = shape_.size() == 3;
    const at::Tensor u = noise.uniform(Purpose::corruption, image ? 2 * blocks_ : blocks_);
    at::Tensor mask = block_mask(u.narrow(1, 0, blocks_), shape_.back(), size_);  // [B, N, W]
    if (image) {
      const at::Tensor lines = block_mask(u.narrow(1, blocks_, blocks_), shape_[1], size_);
      mask = lines.unsqueeze(3).logical_and(mask.unsqueeze(2));  // [B, N, H, W]
    }
    mask = mask.any(1).flatten(1);  // [B, H * W]
    const int64_t channels = x.size(1) / mask.size(1);
    return fill_.put(x, channels == 1 ? mask : mask.repeat({1, channels}));
  }

 private:
  std::vector<int64_t> shape_;
  int64_t size_;
  int64_t blocks_;
  Fill fill_;
};

/// Source: DeVries & Taylor 2017 (arXiv:1708.04552), "Cutout", with the clean image as the target.
class BlockMaskingSpec : public CorruptionSpec {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option(
        "size", size_, between(1, 65536),
        "Side of a square block of an image, or length of a span of a signal, in values.");
    visitor.option("blocks", blocks_, between(1, 1024),
                   "Number of blocks per sample; they may overlap.");
    fill_.declare(visitor);
  }
  bool needs_mean() const override { return fill_.is_mean(); }
  std::unique_ptr<Corruption> build(const InputInfo& input) const override {
    const size_t axes = input.shape.size() == 3 ? 2 : 1;
    const int64_t smallest =
        *std::min_element(input.shape.end() - static_cast<std::ptrdiff_t>(axes), input.shape.end());
    if (size_ > smallest) {
      throw usage_error(
          "corruption.size = {} does not fit into rows of shape {}; expected at most {} "
          "(data.shape "
          "sets the shape of rows)",
          size_, shape_text(input.shape), smallest);
    }
    return std::make_unique<BlockMasking>(input, size_, blocks_, fill_.of(input));
  }

 private:
  int64_t size_ = 8;
  int64_t blocks_ = 1;
  FillOption fill_;
};

}  // namespace

PartEntry<CorruptionSpec> block_masking() {
  return {"block_masking", "masks square blocks of an image, or spans of a signal (Cutout)",
          make_part<CorruptionSpec, BlockMaskingSpec>};
}

}  // namespace ae::corruptions
