#include "runs/trained_model.h"

#include "core/error.h"
#include "engine/precision.h"
#include "runs/run_paths.h"
#include "runs/tensor_file.h"

namespace ae {

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
  const InputInfo input{info.preprocessing.shape, info.preprocessing.classes, {}};
  auto model =
      std::make_shared<Autoencoder>(info.experiment.model, info.experiment.objective, input,
                                    /*seed=*/0);
  check_weights(checkpoint);
  model->to(parameter_type(precision_of(info.experiment.training.precision)));
  load_weights(checkpoint, *model);
  model->to(device, at::kFloat);
  model->eval();
  return {checkpoint, std::move(info), std::move(model), device};
}

}  // namespace ae
