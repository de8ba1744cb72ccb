#include "inference/sample.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/error.h"
#include "core/random.h"
#include "core/sizes.h"
#include "core/text.h"
#include "inference/code_source.h"
#include "inference/row_output.h"
#include "io/free_space.h"
#include "report/picture.h"

namespace ae {
namespace {

constexpr int64_t kMaxPictured = 10000;

/// Class of the requested label.
std::optional<int64_t> requested_class(const TrainedModel& trained, const SampleRequest& request) {
  if (!request.label) return std::nullopt;
  if (trained.model->classes() == 0) {
    throw usage_error(
        "--label {}: this model is not conditional; train with model.conditional and "
        "data.train.labels",
        *request.label);
  }
  const Preprocessing& data = trained.info.preprocessing.output();
  const auto label = data.label_of(*request.label);
  if (label) return label;
  throw usage_error("--label {}: the model was trained on labels {}", *request.label,
                    data.labels_text());
}

/// Condition on which rows [first, first + count) are decoded.
ForwardContext context_of(const TrainedModel& trained, const std::optional<int64_t>& label,
                          int64_t first, int64_t count) {
  const at::Tensor labels =
      label ? at::full({count}, *label, at::kLong) : labels_in_turn(first, count, *trained.model);
  return {.condition = trained.model->condition(labels.to(trained.device))};
}

void check_likelihood(const TrainedModel& trained, const SampleRequest& request) {
  const ReconstructionPart& part = trained.info.experiment.objective.reconstruction;
  if (!request.from_likelihood || part->is_likelihood()) return;
  throw usage_error(
      "--from-likelihood: this model's reconstruction \"{}\" is not a likelihood to sample from; "
      "train with \"bernoulli\", \"gaussian\" or another likelihood",
      part.type());
}

/// Decoded rows: the means of the likelihood, or samples from it. [n, D]
at::Tensor decoded_rows(const TrainedModel& trained, const SampleRequest& request,
                        const at::Tensor& codes, const ForwardContext& context, int64_t first) {
  if (!request.from_likelihood) return trained.model->decode_to_data(codes, context).cpu();
  const at::Tensor output = trained.model->decode(codes, context).cpu();
  const at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(
      derived_seed({.seed = request.seed,
                    .purpose = Purpose::likelihood,
                    .epoch = 0,
                    .item = static_cast<uint64_t>(first)}));
  return trained.model->reconstruction().sample(output, generator);
}

/// Checks that the disk has room for a .npy file.
void check_room(const TrainedModel& trained, const std::filesystem::path& path, int64_t rows) {
  const Preprocessing& data = trained.info.preprocessing.output();
  std::vector<int64_t> shape = data.output_shape();
  shape.insert(shape.begin(), {rows, data.restores_wide() ? int64_t{8} : int64_t{4}});
  constexpr uint64_t kHeaderBytes = 128;
  const uint64_t bytes = element_count(shape).value_or(INT64_MAX) + kHeaderBytes;
  const std::filesystem::path folder = path.parent_path();
  check_free_space(folder.empty() ? "." : folder, bytes);
}

}  // namespace

at::Tensor draw_from_prior(int64_t first, int64_t count, int64_t latent_dim, uint64_t seed) {
  at::Tensor codes = at::empty({count, latent_dim}, at::kFloat);
  auto* out = codes.mutable_data_ptr<float>();
  for (int64_t i = 0; i < count; ++i) {
    RandomStream stream({.seed = seed,
                         .purpose = Purpose::sampling,
                         .epoch = 0,
                         .item = static_cast<uint64_t>(first + i)});
    stream.normal({out + i * latent_dim, static_cast<size_t>(latent_dim)});
  }
  return codes;
}

at::Tensor labels_in_turn(int64_t first, int64_t count, const Autoencoder& model) {
  const at::Tensor rows = at::arange(first, first + count, at::kLong);
  return model.classes() > 0 ? rows.remainder(model.classes()) : rows;
}

void check_sample_output(const TrainedModel& trained, const SampleRequest& request) {
  check_ending("--out", request.out, {".png", ".npy", ".csv"});
  for (const std::filesystem::path& input : {request.codes, request.data}) {
    if (!input.empty()) check_distinct({request.out}, {input});
  }
  if (request.out.extension() == ".png" &&
      !Picture::can_draw(trained.info.preprocessing.output().shape)) {
    throw usage_error("--out {}: rows of this shape cannot be drawn; choose a .npy or .csv",
                      request.out.string());
  }
}

int64_t sample_file(const TrainedModel& trained, const SampleRequest& request) {
  check_sample_output(trained, request);
  const Preprocessing& data = trained.info.preprocessing.output();
  const bool picture = request.out.extension() == ".png";
  const std::optional<int64_t> label = requested_class(trained, request);
  const CodeSource source = code_source(trained, request, label);
  check_likelihood(trained, request);
  const c10::NoGradGuard no_grad;
  std::unique_ptr<RowOutput> output;
  if (!picture) {
    if (source.rows && !is_csv(request.out)) check_room(trained, request.out, *source.rows);
    output = trained.open_data_output(request.out);
  }
  const int64_t max_pictured =
      picture ? std::min(kMaxPictured, 8 * Picture::max_rows(data.shape)) : 0;
  std::vector<at::Tensor> pictured;
  int64_t rows = 0;
  while (const auto codes = source.next()) {
    const ForwardContext context = context_of(trained, label, rows, codes->size(0));
    const at::Tensor decoded =
        decoded_rows(trained, request, codes->to(trained.device), context, rows);
    rows += decoded.size(0);
    if (output) {
      output->write(data.restored(decoded));
    } else if (rows > max_pictured) {
      throw usage_error(
          "--out {}: a picture shows at most {} rows of this size; choose a .npy or .csv",
          request.out.string(), grouped(max_pictured));
    } else {
      pictured.push_back(decoded);
    }
  }
  if (output) {
    output->commit();
  } else {
    const at::Tensor all = pictured.size() == 1 ? pictured.front() : at::cat(pictured);
    pictured.clear();
    check_finite_rows(request.out, all);
    const auto [low, high] = drawn_range(all);
    Picture(data.shape, low, high)
        .write(request.out, all, source.columns > 0 ? source.columns : square_columns(rows));
  }
  return rows;
}

}  // namespace ae
