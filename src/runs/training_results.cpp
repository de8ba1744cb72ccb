#include "runs/training_results.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <memory>
#include <span>

#include "data/resident_rows.h"
#include "engine/row_loop.h"
#include "inference/data_stream.h"
#include "inference/row_output.h"
#include "inference/sample.h"
#include "io/atomic_file.h"
#include "io/formats/csv.h"
#include "report/picture.h"

namespace ae {
namespace {

constexpr int64_t kPictured = 32;  // inputs and their reconstructions
constexpr int64_t kSamples = 100;

/// Context of rows: their labels for a conditional model.
ForwardContext context_of(const Autoencoder& model, const RowSet& set,
                          std::span<const int64_t> rows, at::Device device) {
  ForwardContext context;
  if (model.classes() > 0) context.condition = model.condition(set.labels_of(rows).to(device));
  return context;
}

/// Writes all labels of rows that have several, a column each.
void write_all_labels(const std::filesystem::path& path, const RowSet& set) {
  const std::vector<NamedLabels>& further = set.data->further_labels;
  if (further.empty()) return;
  std::vector<std::string> names = {"label"};
  for (const NamedLabels& each : further) names.push_back(each.name);
  CsvWriter file(path, names);
  for (const int64_t row : set.rows) {
    std::vector<std::string> texts = {set.data->labels.text(row)};
    for (const NamedLabels& each : further) texts.push_back(each.labels.text(row));
    file.write(texts);
  }
  file.commit();
}

/// @return false if interrupted; nothing is written then
bool write_codes(const RunPaths& paths, const ReportedSet& reported, const ResidentPair& rows,
                 Autoencoder& model, const RowLoopOptions& options) {
  const auto file = [&](const std::string& suffix) {
    return paths.latents() / (reported.name + suffix + ".npy");
  };
  const int64_t z = model.latent_dim();
  const auto codes = open_row_output(file(""), {z}, {});
  const auto variances =
      model.has_prior() ? open_row_output(file(".log_variance"), {z}, {}) : nullptr;
  SetReader reader(reported.rows, rows, stream_rows(model.widest()), model.classes() > 0);
  const bool done = for_each_batch(reader, options, [&](const Batch& batch) {
    const ForwardContext context{.condition = model.condition(batch.labels())};
    const Posterior posterior = model.encode(batch.input(), context);
    codes->write(posterior.code());
    if (variances) variances->write(posterior.log_variance);
  });
  if (!done) return false;
  codes->commit();
  if (variances) variances->commit();
  write_integers(file(".rows"), reported.rows.rows);
  if (!reported.rows.has_labels()) return true;
  write_all_labels(paths.latents() / (reported.name + ".labels.csv"), reported.rows);
  write_integers(file(".labels"), reported.rows.labels());
  const auto& names = reported.rows.data->labels.names;
  if (!names.empty()) {
    write_text_atomically(paths.latents() / "label_names.json", Json(names).dump(2) + "\n");
  }
  return true;
}

/// Concatenates work(begin, part) over parts of at most `at_once` rows.
template <class Work>
at::Tensor in_parts(const at::Tensor& rows, int64_t at_once, const Work& work) {
  std::vector<at::Tensor> parts;
  for (int64_t begin = 0; begin < rows.size(0); begin += at_once) {
    parts.push_back(work(begin, rows.narrow(0, begin, std::min(at_once, rows.size(0) - begin))));
  }
  return at::cat(parts);
}

/// The context of a part of the rows.
ForwardContext part_of(const ForwardContext& context, int64_t begin, int64_t count) {
  ForwardContext part = context;
  if (context.condition.defined()) part.condition = context.condition.narrow(0, begin, count);
  return part;
}

/// Writes each target above what the encoder saw (if that is something else) and its
/// reconstruction.
void write_reconstructions(const RunPaths& paths, const Picture& picture, const at::Tensor& targets,
                           const at::Tensor& seen, Autoencoder& model,
                           const ForwardContext& context) {
  const int64_t across = std::min<int64_t>(16, targets.size(0));
  std::vector<at::Tensor> lines;
  const bool corrupted = !seen.is_same(targets);
  const at::Tensor back =
      in_parts(seen, stream_rows(model.widest()), [&](int64_t begin, const at::Tensor& rows) {
        const ForwardContext part = part_of(context, begin, rows.size(0));
        return model.reconstruct(model.encode(rows, part).code(),
                                 targets.narrow(0, begin, rows.size(0)), part);
      });
  for (int64_t begin = 0; begin + across <= targets.size(0); begin += across) {
    lines.push_back(targets.narrow(0, begin, across));
    if (corrupted) lines.push_back(seen.narrow(0, begin, across));
    lines.push_back(back.narrow(0, begin, across));
  }
  picture.write(paths.samples() / "inputs.png", targets.cpu(), across);
  picture.write(paths.samples() / "reconstructions.png", at::stack(lines).flatten(0, 1).cpu(),
                across);
}

}  // namespace

bool write_run_results(const RunPaths& paths, const Splits& splits, TrainingEngine& engine,
                       uint64_t seed, const std::function<bool()>& interrupted) {
  const c10::NoGradGuard no_grad;
  const at::Device device = engine.device();
  Autoencoder& model = engine.model();
  const ReportedSet reported = reported_set(splits);
  const ResidentPair rows = resident_pair(*reported.rows.data, splits.preprocessing, device);
  if (!write_codes(paths, reported, rows, model,
                   {.seed = seed, .device = device, .interrupted = interrupted})) {
    return false;
  }

  const std::vector<int64_t>& shape = splits.preprocessing.output().shape;
  if (!Picture::can_draw(shape) || shape != splits.preprocessing.shape) return true;
  const auto first = std::span<const int64_t>(reported.rows.rows)
                         .first(static_cast<size_t>(std::min(
                             {kPictured, reported.rows.count(), Picture::max_rows(shape)})));
  const RowNoise noise({.seed = seed, .epoch = kEvaluationEpoch}, first, device);
  const Batch batch(*rows.inputs, first, noise, {}, at::kFloat, rows.targets.get());
  const at::Tensor& inputs = batch.input();
  const at::Tensor& targets = batch.target();
  const auto [low, high] = drawn_range(targets);
  const Picture picture(shape, low, high);
  write_reconstructions(paths, picture, targets, engine.objective().corrupted(inputs, noise), model,
                        context_of(model, reported.rows, first, device));
  if (model.has_prior()) {
    const int64_t count = std::min(kSamples, Picture::max_rows(shape));
    const at::Tensor codes = draw_from_prior(0, count, model.latent_dim(), seed);
    const ForwardContext context{.condition =
                                     model.condition(labels_in_turn(0, count, model).to(device))};
    const at::Tensor samples =
        in_parts(codes, stream_rows(model.widest()), [&](int64_t begin, const at::Tensor& part) {
          return model.decode_to_data(part.to(device), part_of(context, begin, part.size(0))).cpu();
        });
    picture.write(paths.samples() / "samples.png", samples, square_columns(count));
  }
  return true;
}

}  // namespace ae
