#include "evaluation/decoder_atoms.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <numeric>
#include <string>

#include "core/error.h"
#include "core/text.h"
#include "data/dataset.h"
#include "inference/data_stream.h"

namespace ae {
namespace {

constexpr int64_t kMostPairsOfDirections = int64_t{1} << 23;  // 64 MB of float64

at::Tensor read_directions(const std::filesystem::path& file, int64_t width, int64_t latents) {
  const std::filesystem::path path = std::filesystem::absolute(file);
  const at::Tensor rows = load_dataset({.path = path.string()}, {}).rows.to(at::kDouble);
  if (rows.size(1) != width) {
    throw data_error("{}: has directions of {} values; expected {}, as the decoder's output",
                     file.string(), rows.size(1), width);
  }
  if (!rows.isfinite().all().item<bool>()) {
    throw data_error("{}: has values that are not finite", file.string());
  }
  if (rows.size(0) * latents > kMostPairsOfDirections) {
    throw data_error("{}: {} directions and {} latents are too many to match; at most {} pairs",
                     file.string(), grouped(rows.size(0)), grouped(latents),
                     grouped(kMostPairsOfDirections));
  }
  return rows;
}

}  // namespace

at::Tensor decoder_atoms(const TrainedModel& trained, std::span<const int64_t> latents,
                         const std::vector<double>& activations) {
  Autoencoder& model = *trained.model;
  const auto all = static_cast<int64_t>(latents.size());
  const int64_t at_once = stream_rows(model.widest());
  const auto decoded = [&](const at::Tensor& codes) {
    const at::Tensor first_class = at::zeros({codes.size(0)}, at::kLong).to(trained.device);
    const ForwardContext context{.condition = model.condition(first_class)};
    return model.decode(codes.to(trained.device), context).cpu();
  };
  const at::Tensor nothing = decoded(at::zeros({1, model.latent_dim()}, at::kFloat));
  at::Tensor out = at::empty({all, model.features()}, at::kFloat);
  for (int64_t begin = 0; begin < all; begin += at_once) {
    const int64_t count = std::min(at_once, all - begin);
    at::Tensor codes = at::zeros({count, model.latent_dim()}, at::kFloat);
    for (int64_t i = 0; i < count; ++i) {
      const int64_t latent = latents[static_cast<size_t>(begin + i)];
      const double activation = activations[static_cast<size_t>(latent)];
      codes[i][latent] = activation == 0 ? 1 : activation;
    }
    out.narrow(0, begin, count).copy_(decoded(codes) - nothing);
  }
  return out;
}

DictionaryMatch true_direction_match(const TrainedModel& trained, const std::filesystem::path& file,
                                     const std::vector<double>& activations) {
  const int64_t latents = trained.model->latent_dim();
  const at::Tensor directions = read_directions(file, trained.model->features(), latents);
  std::vector<int64_t> numbers(static_cast<size_t>(latents));
  std::iota(numbers.begin(), numbers.end(), int64_t{0});
  const auto at_once = static_cast<size_t>(stream_rows(trained.model->widest()));
  at::Tensor cosines = at::empty({latents, directions.size(0)}, at::kDouble);
  for (size_t begin = 0; begin < numbers.size(); begin += at_once) {
    const auto some = std::span(numbers).subspan(begin, std::min(at_once, numbers.size() - begin));
    cosines.narrow(0, static_cast<int64_t>(begin), static_cast<int64_t>(some.size()))
        .copy_(absolute_cosines(decoder_atoms(trained, some, activations), directions));
  }
  return dictionary_match(cosines);
}

}  // namespace ae
