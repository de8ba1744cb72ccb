#include "runs/tensor_file.h"

#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>

#include <cstring>
#include <set>

#include "core/error.h"
#include "core/text.h"

namespace ae {
namespace {

TensorType stored_type(at::ScalarType type) {
  switch (type) {
    case at::kFloat:
      return TensorType::f32;
    case at::kDouble:
      return TensorType::f64;
    case at::kLong:
      return TensorType::i64;
    default:
      throw internal_error("tensors of type {} are not saved", c10::toString(type));
  }
}

/// Everything about the file's tensors that is not as the model needs it.
std::vector<std::string> mismatches(const SafetensorsFile& file, const NamedTensors& wanted) {
  std::vector<std::string> found;
  std::set<std::string> names;
  for (const auto& [name, tensor] : wanted) {
    names.insert(name);
    const TensorEntry* entry = file.find(name);
    if (entry == nullptr) {
      found.push_back(name + " is missing");
    } else if (entry->shape != tensor.sizes().vec()) {
      found.push_back(fmt::format("{} is {}, expected {}", name, shape_text(entry->shape),
                                  shape_text(tensor.sizes().vec())));
    } else if (entry->type != stored_type(tensor.scalar_type())) {
      found.push_back(fmt::format("{} is of type {}, expected {}", name,
                                  tensor_type_name(entry->type),
                                  tensor_type_name(stored_type(tensor.scalar_type()))));
    }
  }
  for (const TensorEntry& entry : file.tensors()) {
    if (!names.contains(entry.name)) found.push_back(entry.name + " is not part of the model");
  }
  return found;
}

}  // namespace

void write_tensors(const std::filesystem::path& path, const NamedTensors& tensors,
                   const std::map<std::string, std::string>& metadata) {
  std::vector<at::Tensor> held;
  std::vector<TensorEntry> entries;
  for (const auto& [name, tensor] : tensors) {
    held.push_back(tensor.detach().cpu().contiguous());
    const at::Tensor& copy = held.back();
    entries.push_back({name,
                       stored_type(copy.scalar_type()),
                       copy.sizes().vec(),
                       {static_cast<const std::byte*>(copy.const_data_ptr()), copy.nbytes()}});
  }
  write_safetensors(path, entries, metadata);
}

void read_tensors_into(const SafetensorsFile& file, const std::filesystem::path& path,
                       const NamedTensors& destinations) {
  const std::vector<std::string> wrong = mismatches(file, destinations);
  if (!wrong.empty()) {
    throw data_error("{}: does not fit the model its config describes: {}", path.string(),
                     join(wrong, "; "));
  }
  const c10::NoGradGuard no_grad;
  for (const auto& [name, destination] : destinations) {
    const TensorEntry* entry = file.find(name);
    at::Tensor read = at::empty(entry->shape, destination.options().device(at::kCPU));
    if (!entry->bytes.empty()) {
      std::memcpy(read.mutable_data_ptr(), entry->bytes.data(), entry->bytes.size());
    }
    at::Tensor(destination).copy_(read);
  }
}

}  // namespace ae
