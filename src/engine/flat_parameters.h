#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <span>
#include <string>
#include <vector>

namespace ae {

/// All parameters of a module in one buffer and all gradients in another, so that an optimiser
/// update, a norm or a reduction is one operation on one tensor. The module's parameters become
/// views of the buffer. Slices are aligned to 64 bytes; the padding between them stays 0.
/// Parameters that are frozen lie behind those that are trained, so that an update is of the front
/// of the buffers; autograd computes no gradients of them.
class FlatParameters {
 public:
  struct Slice {
    std::string name;  ///< as in the module's state dict
    std::vector<int64_t> shape;
    int64_t offset;  ///< in elements
    int64_t count;
    bool by_column = false;  ///< a column-major matrix
    bool frozen = false;
  };

  /// The module must already have its final device and dtype, which the buffers take over.
  /// @param frozen  names of submodules whose parameters stay as they are
  explicit FlatParameters(torch::nn::Module& module, std::span<const std::string> frozen = {});
  /// Parameters of a replica: views of the original's values, with separate gradients.
  FlatParameters(torch::nn::Module& replica, const FlatParameters& original);

  const at::Tensor& values() const { return values_; }        ///< [P]
  const at::Tensor& gradients() const { return gradients_; }  ///< [P]
  /// values().data_ptr(), without the overhead of the call.
  template <class T>
  T* data() const {
    return static_cast<T*>(data_);
  }
  const std::vector<Slice>& slices() const { return slices_; }
  /// Names of the module's buffers, as in its state dict; buffers are not flattened.
  const std::vector<std::string>& buffer_names() const { return buffer_names_; }
  /// Number of parameters, without the padding.
  int64_t parameter_count() const;
  /// Number of values at the front of the buffers that are trained, with the padding.
  int64_t trainable_count() const { return trainable_count_; }
  /// The part of a tensor laid out like values() that is trained; a view.
  at::Tensor trainable(const at::Tensor& flat) const { return flat.narrow(0, 0, trainable_count_); }
  /// Zeroes the gradients of frozen parameters, which fused passes on a GPU compute.
  void zero_frozen_gradients();

  /// Slice of a parameter of the module.
  const Slice& slice_of(const at::Tensor& parameter) const;

  /// View of a slice of a tensor laid out like values(), in the parameter's shape and strides.
  static at::Tensor view(const at::Tensor& flat, const Slice& slice);

 private:
  /// Makes a module's parameters and gradients views of the buffers.
  void adopt(torch::nn::Module& module);

  std::vector<Slice> slices_;
  int64_t trainable_count_ = 0;
  at::Tensor values_;
  void* data_ = nullptr;
  at::Tensor gradients_;
  std::vector<std::string> buffer_names_;
};

/// Calls work(T()) with the parameters' type, float or double.
template <class Work>
void with_type(const FlatParameters& parameters, const Work& work) {
  if (parameters.values().scalar_type() == at::kDouble) {
    work(double());
  } else {
    work(float());
  }
}

}  // namespace ae
