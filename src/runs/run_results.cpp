#include "runs/run_results.h"

#include <ATen/ops/stack.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <span>

#include "data/resident_rows.h"
#include "files/atomic_file.h"
#include "report/picture.h"
#include "runs/data_stream.h"
#include "runs/row_output.h"
#include "runs/sample.h"

namespace ae {
namespace {

constexpr int64_t kPictured = 32;  // inputs and their reconstructions
constexpr int64_t kSamples = 100;

struct NamedSet {
  const char* name;
  const RowSet& set;
};

NamedSet shown_set(const Splits& splits) {
  if (splits.test) return {"test", *splits.test};
  if (splits.validation) return {"validation", *splits.validation};
  return {"train", splits.train};
}

void write_codes(const RunPaths& paths, const NamedSet& shown, const ResidentRows& rows,
                 Autoencoder& model) {
  const auto file = [&](const std::string& what) {
    return paths.latents() / (std::string(shown.name) + what + ".npy");
  };
  const int64_t z = model.latent_dim();
  const auto codes = open_row_output(file(""), {z}, {});
  const auto variances =
      model.has_prior() ? open_row_output(file(".log_variance"), {z}, {}) : nullptr;
  const std::span<const int64_t> all = shown.set.rows;
  const auto step = static_cast<size_t>(stream_rows(shown.set.data->info.width()));
  for (size_t begin = 0; begin < all.size(); begin += step) {
    const Posterior posterior =
        model.encode(rows.gather(all.subspan(begin, std::min(step, all.size() - begin))));
    codes->write(posterior.code);
    if (variances) variances->write(posterior.log_variance);
  }
  codes->commit();
  if (variances) variances->commit();
  write_integers(file(".rows"), shown.set.rows);
  if (!shown.set.has_labels()) return;
  write_integers(file(".labels"), shown.set.labels());
  const auto& names = shown.set.data->labels.names;
  if (!names.empty()) {
    write_text_atomically(paths.latents() / "label_names.json", Json(names).dump(2) + "\n");
  }
}

/// Each input above what the decoder sees (where it is corrupted) and what it makes of it.
void write_reconstructions(const RunPaths& paths, const Picture& picture, const at::Tensor& inputs,
                           const Experiment& experiment, const Noise& noise, Autoencoder& model) {
  const int64_t across = std::min<int64_t>(16, inputs.size(0));
  std::vector<at::Tensor> lines;
  const bool corrupted = experiment.corruption->is_active();
  const at::Tensor seen = experiment.corruption->apply(inputs, noise);
  const at::Tensor back = model.decode_to_data(model.encode(seen).code);
  for (int64_t begin = 0; begin + across <= inputs.size(0); begin += across) {
    lines.push_back(inputs.narrow(0, begin, across));
    if (corrupted) lines.push_back(seen.narrow(0, begin, across));
    lines.push_back(back.narrow(0, begin, across));
  }
  picture.write(paths.samples() / "inputs.png", inputs.cpu(), across);
  picture.write(paths.samples() / "reconstructions.png", at::stack(lines).flatten(0, 1).cpu(),
                across);
}

}  // namespace

void write_run_results(const RunPaths& paths, const Splits& splits, Autoencoder& model,
                       const Experiment& experiment, at::Device device) {
  const c10::NoGradGuard no_grad;
  const NamedSet shown = shown_set(splits);
  const ResidentRows rows(*shown.set.data, splits.preprocessing.scaling, device);
  write_codes(paths, shown, rows, model);

  const std::vector<int64_t>& shape = splits.preprocessing.shape;
  if (!Picture::can_draw(shape)) return;
  const auto first = std::span<const int64_t>(shown.set.rows)
                         .first(static_cast<size_t>(std::min(kPictured, shown.set.count())));
  const at::Tensor inputs = rows.gather(first);
  const auto [low, high] = drawn_range(inputs);
  const Picture picture(shape, low, high);
  const RowNoise noise({.seed = static_cast<uint64_t>(experiment.seed), .epoch = kEvaluationEpoch},
                       first, device);
  write_reconstructions(paths, picture, inputs, experiment, noise, model);
  if (model.has_prior()) {
    const at::Tensor codes =
        draw_from_prior(0, kSamples, model.latent_dim(), static_cast<uint64_t>(experiment.seed));
    picture.write(paths.samples() / "samples.png", model.decode_to_data(codes.to(device)).cpu(),
                  square_columns(kSamples));
  }
}

}  // namespace ae
