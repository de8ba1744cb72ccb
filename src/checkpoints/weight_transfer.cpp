#include "checkpoints/weight_transfer.h"

#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>

#include <cstring>
#include <set>

#include "config/differences.h"
#include "core/error.h"
#include "core/text.h"
#include "io/formats/safetensors_file.h"
#include "io/quote.h"
#include "run_directory/run_paths.h"

namespace ae {
namespace {

bool is_of_reconstruction(const std::string& name) { return name.starts_with("reconstruction."); }

at::ScalarType scalar_type(SafetensorsType type, const std::filesystem::path& path) {
  switch (type) {
    case SafetensorsType::f32:
      return at::kFloat;
    case SafetensorsType::f64:
      return at::kDouble;
    default:
      throw data_error("{}: has weights of type {}; expected F32 or F64", path.string(),
                       safetensors_type_name(type));
  }
}

at::Tensor tensor_of(const TensorEntry& entry, const std::filesystem::path& path) {
  at::Tensor tensor = at::empty(entry.shape, scalar_type(entry.type, path));
  if (!entry.bytes.empty()) {
    std::memcpy(tensor.mutable_data_ptr(), entry.bytes.data(), entry.bytes.size());
  }
  return tensor;
}

/// Copies the file's tensors into tensors of the same names and shapes, if all are finite.
void copy_all(const std::filesystem::path& path, const NamedTensors& destinations) {
  const SafetensorsFile file = SafetensorsFile::read(path);
  NamedTensors sources;
  for (const auto& [name, destination] : destinations) {
    const TensorEntry* entry = file.find(name);
    if (entry == nullptr || entry->shape != destination.sizes().vec()) {
      throw data_error("{}: changed while it was read; try again", path.string());
    }
    sources.emplace_back(name, tensor_of(*entry, path));
  }
  check_finite(path, sources);
  const c10::NoGradGuard no_grad;
  for (size_t i = 0; i < sources.size(); ++i) {
    at::Tensor(destinations[i].second).copy_(sources[i].second);
  }
}

}  // namespace

WeightTransfer transfer_weights(const std::filesystem::path& checkpoint,
                                const NamedTensors& destinations) {
  const std::filesystem::path path = checkpoint / kModelFile;
  const SafetensorsFile header = SafetensorsFile::read_header(path);
  WeightTransfer transfer;
  std::vector<std::string> wrong;
  std::set<std::string> names;
  NamedTensors matching;
  for (const auto& [name, destination] : destinations) {
    names.insert(name);
    const TensorEntry* entry = header.find(name);
    if (entry != nullptr && entry->shape == destination.sizes().vec()) {
      matching.emplace_back(name, destination);
    } else if (is_of_reconstruction(name)) {
      transfer.kept.push_back(name);
    } else if (entry == nullptr) {
      wrong.push_back(name + " is missing there");
    } else {
      wrong.push_back(fmt::format("{} is {} there and {} here", name, shape_text(entry->shape),
                                  shape_text(destination.sizes().vec())));
    }
  }
  for (const TensorEntry& entry : header.tensors()) {
    if (names.contains(entry.name)) continue;
    if (is_of_reconstruction(entry.name)) {
      transfer.unused.push_back(quote(entry.name));
    } else {
      wrong.push_back(quote(entry.name) + " is not part of this model");
    }
  }
  if (!wrong.empty()) {
    throw usage_error(
        "model.initial_weights: {} does not fit this config's model: {}; give encoder, latent and "
        "decoder the layers that they have there",
        checkpoint.string(), joined_briefly(std::move(wrong)));
  }
  copy_all(path, matching);
  return transfer;
}

}  // namespace ae
