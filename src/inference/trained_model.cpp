#include "inference/trained_model.h"

#include <spdlog/spdlog.h>

#include "checkpoints/tensor_file.h"
#include "core/error.h"
#include "core/memory.h"
#include "engine/precision.h"
#include "inference/data_stream.h"
#include "inference/table_output.h"
#include "io/formats/array_rows.h"
#include "io/formats/safetensors_file.h"
#include "models/weight_limit.h"
#include "run_directory/run_paths.h"

namespace ae {
namespace {

/// Builds the model that the file's config describes, before its weights are loaded. The file is
/// untrusted, so memory is limited to the size of the file's tensors.
std::shared_ptr<Autoencoder> build_model(const std::filesystem::path& path,
                                         const CheckpointInfo& info) {
  double weights = 0;
  const SafetensorsFile file = SafetensorsFile::read_header(path);
  for (const TensorEntry& entry : file.tensors()) {
    weights += static_cast<double>(element_count(entry.shape).value());
  }
  const WeightLimit limit(weights, static_cast<int64_t>(file.tensors().size()), path.string());
  const InputInfo input = input_of(info.preprocessing);
  try {
    return std::make_shared<Autoencoder>(info.experiment.model, info.experiment.objective, input,
                                         /*seed=*/0);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage) throw;
    throw data_error("{}: {}", path.string(), error.what());
  }
}

NamedTensors named_tensors(const Autoencoder& model) {
  NamedTensors tensors;
  for (const auto& item : model.named_parameters()) tensors.emplace_back(item.key(), item.value());
  for (const auto& item : model.named_buffers()) tensors.emplace_back(item.key(), item.value());
  return tensors;
}

/// Checks the memory for the activations of a chunk of rows: the sizes of layers come from an
/// untrusted file, and the libraries beneath LibTorch crash where an allocation fails.
void check_activations(const std::filesystem::path& path, const Autoencoder& model) {
  constexpr double kCopies = 6;  // input, output and workspaces of an operation
  const int64_t widest = model.widest();
  const int64_t rows = stream_rows(widest);
  const double bytes =
      kCopies * sizeof(float) * static_cast<double>(widest) * static_cast<double>(rows);
  const auto available = static_cast<double>(available_memory_bytes());
  if (bytes <= available) return;
  throw data_error(
      "{}: a chunk of {} row{} needs about {:.3g} GB in the model's widest layer, {:.3g} GB are "
      "free; the model needs a machine with more memory, or the file is damaged",
      path.string(), rows, rows == 1 ? "" : "s", bytes / 1e9, available / 1e9);
}

}  // namespace

std::unique_ptr<RowOutput> TrainedModel::open_data_output(
    const std::filesystem::path& path, const std::vector<std::string>& ids) const {
  const Preprocessing& data = info.preprocessing.output();
  if (const std::string lost = data.features ? data.features->irreversible() : ""; !lost.empty()) {
    throw usage_error(
        "{}: data.preprocessing {} took each row's scale, which cannot be given back, so that "
        "there are no values in the data's units; write a .png, or train without that step",
        path.string(), lost);
  }
  if (is_csv(path) && data.features && has_texts(data.features->table())) {
    return open_table_output(path, data.features->table(), ids);
  }
  return open_row_output(path, data.output_shape(), data_columns(data.columns, data.file_width()),
                         data.restores_wide() ? NpyType::float64 : NpyType::float32, ids);
}

void load_weights(const std::filesystem::path& checkpoint, Autoencoder& model) {
  const NamedTensors destinations = named_tensors(model);
  const std::filesystem::path path = checkpoint / kModelFile;
  read_tensors_into(path, destinations);
  check_finite(path, destinations);
}

TrainedModel load_trained_model(const std::filesystem::path& run, at::Device device,
                                Unverified unverified) {
  return CheckpointInUse(run).read([&](const std::filesystem::path& checkpoint) -> TrainedModel {
    const std::filesystem::path path = checkpoint / kModelFile;
    CheckpointInfo info = read_checkpoint_info(checkpoint);
    std::shared_ptr<Autoencoder> model = build_model(path, info);
    model->to(parameter_type(precision_of(info.experiment.training.precision)));
    check_file_size(path, named_tensors(*model));
    const bool verified = check_weights(checkpoint, unverified);
    load_weights(checkpoint, *model);
    check_activations(path, *model);
    model->to(device, at::kFloat);
    model->eval();
    if (!verified) spdlog::warn("{}", unverified_text(checkpoint));
    return {checkpoint, std::move(info), std::move(model), device};
  });
}

}  // namespace ae
