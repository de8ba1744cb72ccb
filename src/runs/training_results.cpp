#include "runs/training_results.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <memory>
#include <string>

#include "data/resident_rows.h"
#include "engine/row_loop.h"
#include "inference/data_stream.h"
#include "inference/row_output.h"
#include "io/atomic_file.h"
#include "io/formats/csv.h"
#include "runs/monitored_rows.h"

namespace ae {
namespace {

constexpr int64_t kPictured = 32;  // inputs and their reconstructions
constexpr int64_t kSamples = 100;

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

  const MonitoredRows monitored(splits, engine, seed);
  if (!monitored.can_draw()) return true;
  const auto write = [&](const char* name, const std::string& png) {
    if (!png.empty()) write_text_atomically(paths.samples() / name, png);
  };
  write("inputs.png", monitored.inputs(kPictured));
  write("reconstructions.png", monitored.reconstructions(kPictured));
  write("samples.png", monitored.samples(kSamples));
  return true;
}

}  // namespace ae
