#include "checkpoints/tensor_file.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/isfinite.h>
#include <c10/core/GradMode.h>

#include <cstring>
#include <set>

#include "config/differences.h"
#include "core/error.h"
#include "core/text.h"
#include "io/formats/safetensors_file.h"
#include "io/formats/safetensors_writer.h"
#include "io/quote.h"
#include "io/regular_file.h"

namespace ae {
namespace {

SafetensorsType stored_type(at::ScalarType type) {
  switch (type) {
    case at::kFloat:
      return SafetensorsType::f32;
    case at::kDouble:
      return SafetensorsType::f64;
    case at::kLong:
      return SafetensorsType::i64;
    default:
      throw internal_error("tensors of type {} are not saved", c10::toString(type));
  }
}

/// Descriptions of all differences between the file's tensors and the expected ones.
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
                                  safetensors_type_name(entry->type),
                                  safetensors_type_name(stored_type(tensor.scalar_type()))));
    }
  }
  for (const TensorEntry& entry : file.tensors()) {
    if (!names.contains(entry.name))
      found.push_back(quote(entry.name) + " is not part of the model");
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

void read_tensors_into(const std::filesystem::path& path, const NamedTensors& destinations) {
  const std::vector<std::string> wrong =
      mismatches(SafetensorsFile::read_header(path), destinations);
  if (!wrong.empty()) {
    throw data_error("{}: does not fit the model its config describes: {}", path.string(),
                     joined_briefly(wrong));
  }
  const c10::NoGradGuard no_grad;
  const SafetensorsFile file = SafetensorsFile::read(path);
  for (const auto& [name, destination] : destinations) {
    const TensorEntry* entry = file.find(name);
    if (entry == nullptr || entry->shape != destination.sizes().vec()) {
      throw data_error("{}: changed while it was read; try again", path.string());
    }
    at::Tensor read = at::empty(entry->shape, destination.options().device(at::kCPU));
    if (!entry->bytes.empty()) {
      std::memcpy(read.mutable_data_ptr(), entry->bytes.data(), entry->bytes.size());
    }
    at::Tensor(destination).copy_(read);
  }
}

void check_finite(const std::filesystem::path& path, const NamedTensors& tensors) {
  for (const auto& [name, tensor] : tensors) {
    if (!tensor.is_floating_point() || at::isfinite(tensor).all().item<bool>()) continue;
    throw data_error(
        "{}: {} holds NaN or infinite values; expected finite ones; choose another "
        "checkpoint",
        path.string(), name);
  }
}

void check_file_size(const std::filesystem::path& path, const NamedTensors& expected) {
  constexpr uint64_t kMaxHeaderBytes = 100'000'000;
  uint64_t bytes = kMaxHeaderBytes;
  for (const auto& [name, tensor] : expected) bytes += 2 * tensor.nbytes();
  if (const uint64_t found = RegularFile(path).bytes(); found > bytes) {
    throw data_error("{}: does not fit the model its config describes: has {} bytes", path.string(),
                     found);
  }
}

}  // namespace ae
