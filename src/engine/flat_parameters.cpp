#include "engine/flat_parameters.h"

#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>
#include <sys/mman.h>

#include <algorithm>

namespace ae {
namespace {

constexpr int64_t kAlignmentBytes = 64;  // a cache line

/// Zeros whose pages are allocated at the first write: fused steps never write the gradients.
at::Tensor lazy_zeros(const at::Tensor& like) {
  constexpr size_t kMinMappedBytes = 1 << 20;
  const size_t bytes = like.nbytes();
  if (!like.is_cpu() || bytes < kMinMappedBytes) return at::zeros_like(like);
  void* pages = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) return at::zeros_like(like);
  return at::from_blob(
      pages, like.sizes(), [bytes](void* mapped) { ::munmap(mapped, bytes); }, like.options());
}

}  // namespace

FlatParameters::FlatParameters(torch::nn::Module& module, std::span<const std::string> frozen) {
  const auto parameters = module.named_parameters();
  for (const auto& item : module.named_buffers()) buffer_names_.push_back(item.key());
  const at::Tensor& first = parameters.front().value();
  const int64_t alignment = kAlignmentBytes / static_cast<int64_t>(first.element_size());
  int64_t total = 0;
  for (const auto& item : parameters) {
    const at::Tensor& parameter = item.value();
    const int64_t count = parameter.numel();
    const bool by_column = parameter.dim() == 2 && !parameter.is_contiguous();
    const bool is_frozen = std::ranges::any_of(
        frozen, [&](const std::string& part) { return item.key().starts_with(part + "."); });
    slices_.push_back({item.key(), parameter.sizes().vec(), 0, count, by_column, is_frozen});
  }
  for (const bool of_frozen : {false, true}) {
    for (Slice& slice : slices_) {
      if (slice.frozen != of_frozen) continue;
      slice.offset = total;
      total += (slice.count + alignment - 1) / alignment * alignment;
    }
    if (!of_frozen) trainable_count_ = total;
  }
  values_ = at::zeros({total}, first.options().requires_grad(false));
  const c10::NoGradGuard no_grad;
  for (size_t i = 0; i < slices_.size(); ++i) {
    view(values_, slices_[i]).copy_(parameters[i].value());
  }
  adopt(module);
}

FlatParameters::FlatParameters(torch::nn::Module& replica, const FlatParameters& original)
    : slices_(original.slices_),
      trainable_count_(original.trainable_count_),
      values_(original.values_),
      buffer_names_(original.buffer_names_) {
  adopt(replica);
}

void FlatParameters::adopt(torch::nn::Module& module) {
  data_ = values_.mutable_data_ptr();
  gradients_ = lazy_zeros(values_);
  const c10::NoGradGuard no_grad;
  std::vector<at::Tensor> parameters = module.parameters();
  for (size_t i = 0; i < slices_.size(); ++i) {
    parameters[i].set_data(view(values_, slices_[i]));
    // Autograd accumulates into an existing gradient, so it stays a view as long as it is zeroed
    // and never reset.
    parameters[i].mutable_grad() = view(gradients_, slices_[i]);
    if (slices_[i].frozen) parameters[i].requires_grad_(false);
  }
}

int64_t FlatParameters::parameter_count() const {
  int64_t count = 0;
  for (const Slice& slice : slices_) count += slice.count;
  return count;
}

void FlatParameters::zero_frozen_gradients() {
  const int64_t frozen = gradients_.numel() - trainable_count_;
  if (frozen > 0) gradients_.narrow(0, trainable_count_, frozen).zero_();
}

const FlatParameters::Slice& FlatParameters::slice_of(const at::Tensor& parameter) const {
  const auto found = std::find_if(slices_.begin(), slices_.end(), [&](const Slice& slice) {
    return slice.offset == parameter.storage_offset();
  });
  TORCH_INTERNAL_ASSERT(found != slices_.end() && parameter.is_alias_of(values_));
  return *found;
}

at::Tensor FlatParameters::view(const at::Tensor& flat, const Slice& slice) {
  const at::Tensor part = flat.narrow(0, slice.offset, slice.count);
  return slice.by_column ? part.view({slice.shape[1], slice.shape[0]}).t() : part.view(slice.shape);
}

}  // namespace ae
