#include "runs/trained_model.h"

#include "core/error.h"
#include "engine/precision.h"
#include "files/array_rows.h"
#include "models/weight_limit.h"
#include "runs/run_paths.h"
#include "runs/tensor_file.h"

namespace ae {
namespace {

/// The model that the config in the file describes, as yet without its weights. The file may be a
/// stranger's, so it takes no more memory than the file's tensors explain.
std::shared_ptr<Autoencoder> build_model(const std::filesystem::path& path,
                                         const CheckpointInfo& info) {
  double weights = 0;
  const SafetensorsFile file = SafetensorsFile::read_header(path);
  for (const TensorEntry& entry : file.tensors()) {
    weights += static_cast<double>(element_count(entry.shape).value());
  }
  const WeightLimit limit(weights, static_cast<int64_t>(file.tensors().size()), path.string());
  const InputInfo input{info.preprocessing.shape, info.preprocessing.classes, {}};
  try {
    return std::make_shared<Autoencoder>(info.experiment.model, info.experiment.objective, input,
                                         /*seed=*/0);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage) throw;
    throw data_error("{}: {}", path.string(), error.what());
  }
}

}  // namespace

at::Tensor TrainedModel::unscaled(const at::Tensor& rows) const {
  const Scaling& scaling = info.preprocessing.scaling;
  if (scaling.is_identity()) return rows;
  return rows.mul(scaling.divisor).add(scaling.offset);
}

void load_weights(const std::filesystem::path& checkpoint, Autoencoder& model) {
  NamedTensors destinations;
  for (const auto& item : model.named_parameters()) {
    destinations.emplace_back(item.key(), item.value());
  }
  for (const auto& item : model.named_buffers()) {
    destinations.emplace_back(item.key(), item.value());
  }
  const std::filesystem::path path = checkpoint / "model.safetensors";
  read_tensors_into(SafetensorsFile::read(path), path, destinations);
}

TrainedModel load_trained_model(const std::filesystem::path& run, at::Device device) {
  const std::filesystem::path checkpoint = find_checkpoint(run);
  CheckpointInfo info = read_checkpoint_info(checkpoint);
  check_weights(checkpoint);
  std::shared_ptr<Autoencoder> model = build_model(checkpoint / "model.safetensors", info);
  model->to(parameter_type(precision_of(info.experiment.training.precision)));
  load_weights(checkpoint, *model);
  model->to(device, at::kFloat);
  model->eval();
  return {checkpoint, std::move(info), std::move(model), device};
}

}  // namespace ae
