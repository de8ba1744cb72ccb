#include "inference/encode.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "core/error.h"
#include "engine/device.h"
#include "inference/data_stream.h"
#include "inference/encode_outputs.h"
#include "inference/label_stream.h"
#include "io/path_kind.h"
#include "run_directory/run_paths.h"

namespace ae {
namespace {

/// An output computed for each row.
struct Quantity {
  OutputColumns out;
  /// [B, …]
  std::function<at::Tensor(const at::Tensor& x, const Posterior&, const ForwardContext&)> compute;
};

std::vector<Quantity> quantities(const TrainedModel& trained, const EncodeRequest& request) {
  Autoencoder& model = *trained.model;
  const int64_t z = model.latent_dim();
  std::vector<Quantity> all;
  all.push_back({{"latent", numbered("latent", z)},
                 [](const auto&, const Posterior& p, const auto&) { return p.code(); }});
  if (request.log_variance) {
    all.push_back({{"log_variance", numbered("log_variance", z)},
                   [](const auto&, const Posterior& p, const auto&) { return p.log_variance; }});
  }
  if (request.sample) {
    all.push_back({{"sample", numbered("sample", z)},
                   [&model](const auto&, const Posterior& p, const ForwardContext& context) {
                     return model.sample(p, *context.noise);
                   }});
  }
  if (request.reconstruction_error) {
    all.push_back(
        {{"reconstruction_error", {"reconstruction_error"}, /*scalar=*/true},
         [&model](const at::Tensor& x, const Posterior& p, const ForwardContext& context) {
           const at::Tensor output = model.decode(p, context);
           return model.reconstruction().per_sample(output, x).unsqueeze(1);
         }});
  }
  return all;
}

void check(const TrainedModel& trained, const EncodeRequest& request) {
  check_ending("--out", request.out, {".npy", ".csv"});
  if (!request.reconstruction.empty()) {
    check_ending("--reconstruction", request.reconstruction, {".npy", ".csv", ".png"});
  }
  if (!request.scores.empty()) {
    check_ending("--scores", request.scores, {".csv"});
  } else if (!request.threshold.empty()) {
    throw usage_error("--threshold {}: decides on --scores FILE.csv, which is not given",
                      request.threshold);
  }
  if (request.fill &&
      (request.reconstruction.empty() || request.reconstruction.extension() == ".png")) {
    throw usage_error("--fill: fills the rows of --reconstruction, which is to be .npy or .csv");
  }
  if ((request.log_variance || request.sample) && !trained.model->has_prior()) {
    throw usage_error(
        "{}: {} needs a model with a Gaussian posterior (kind \"vae\"); this one's latent \"{}\" "
        "is deterministic",
        trained.checkpoint.string(), request.log_variance ? "--log-variance" : "--sample",
        trained.info.experiment.model.latent.type());
  }
  if (trained.model->has_own_target() &&
      (!request.scores.empty() || request.reconstruction_error || request.fill)) {
    throw usage_error(
        "{}: the model reconstructs data.train.target, not these rows, so that {} has nothing to "
        "compare with; evaluate it with ae-eval",
        trained.checkpoint.string(),
        request.fill             ? "--fill"
        : request.scores.empty() ? "--reconstruction-error"
                                 : "--scores");
  }
  const bool conditional = trained.model->classes() > 0;
  if (conditional && request.labels.empty()) {
    throw usage_error(
        "{}: this model is conditional on labels; name those of the rows with --labels FILE or, "
        "for a table, --labels COLUMN",
        trained.checkpoint.string());
  }
  if (!conditional && !request.labels.empty()) {
    throw usage_error("{}: this model takes no labels; leave --labels out",
                      trained.checkpoint.string());
  }
}

struct EncodedChunk {
  int64_t rows;
  std::vector<at::Tensor> values;  // one tensor per quantity
  at::Tensor decoded;              // these are undefined if not requested
  at::Tensor scores;
  at::Tensor shares;
};

EncodedChunk encode_chunk(const TrainedModel& trained, const EncodeRequest& request,
                          const std::vector<Quantity>& wanted,
                          const std::optional<AnomalyScore>& score, const Batch& batch) {
  Autoencoder& model = *trained.model;
  const at::Tensor& x = batch.input();
  const ForwardContext context{.noise = &batch.noise(),
                               .condition = model.condition(batch.labels())};
  const Posterior posterior = model.encode(x, context);
  EncodedChunk encoded{x.size(0), {}, {}, {}, {}};
  for (const Quantity& quantity : wanted) {
    encoded.values.push_back(quantity.compute(x, posterior, context));
  }
  if (!request.reconstruction.empty()) {
    encoded.decoded = (model.has_own_target() ? model.decode_to_data(posterior.code(), context)
                                              : model.reconstruct(posterior.code(), x, context))
                          .cpu();
  }
  if (score) {
    const at::Tensor output = model.decode(posterior, context);
    encoded.scores = score->scores(model, x, output);
    encoded.shares = score->shares(model, x, output);
  }
  return encoded;
}

/// Rows of a chunk: CPU threads work on chunks at the same time, a GPU on one.
int64_t chunk_rows(const TrainedModel& trained) {
  const int64_t rows = stream_rows(trained.model->widest());
  return trained.device.is_cpu() ? std::max<int64_t>(rows / 4, 1) : rows;
}

/// All files of an encoding.
class Outputs {
 public:
  Outputs(const TrainedModel& trained, const EncodeRequest& request,
          const std::vector<Quantity>& wanted, const std::optional<AnomalyScore>& score,
          const std::optional<ScoreThreshold>& threshold, const std::vector<std::string>& ids)
      : codes_(request.out, columns_of(wanted), ids), files_(codes_.files()) {
    if (!request.reconstruction.empty()) {
      reconstruction_.emplace(trained, request.reconstruction, request.fill, ids);
      files_.push_back(request.reconstruction);
    }
    if (!score) return;
    scores_.emplace(request.scores, *score, threshold, ids);
    files_.push_back(request.scores);
  }

  void write(const EncodedChunk& encoded, const DataStream::DeliveredRows& rows) {
    codes_.write(encoded.values, rows.ids);
    if (reconstruction_) reconstruction_->write(encoded.decoded, rows);
    if (scores_) scores_->write(encoded.scores, encoded.shares, rows);
  }

  /// Commits all files or none.
  void commit() {
    std::vector<bool> new_name;
    for (const auto& file : files_) new_name.push_back(entry_kind(file) == PathKind::absent);
    try {
      // A picture is only opened here, so it is the likeliest to fail.
      if (reconstruction_) reconstruction_->commit();
      if (scores_) scores_->commit();
      codes_.commit();
    } catch (const Error&) {
      std::error_code ignored;
      for (size_t i = 0; i < files_.size(); ++i) {
        if (new_name[i]) std::filesystem::remove(files_[i], ignored);
      }
      throw;
    }
  }

  const std::vector<std::filesystem::path>& files() const { return files_; }
  int64_t anomalies() const { return scores_ ? scores_->anomalies() : 0; }

 private:
  static std::vector<OutputColumns> columns_of(const std::vector<Quantity>& wanted) {
    std::vector<OutputColumns> all;
    for (const Quantity& quantity : wanted) all.push_back(quantity.out);
    return all;
  }

  CodeOutputs codes_;
  std::vector<std::filesystem::path> files_;
  std::optional<ReconstructionOutput> reconstruction_;
  std::optional<ScoreOutput> scores_;
};

std::optional<ScoreThreshold> threshold_of(const TrainedModel& trained,
                                           const EncodeRequest& request) {
  return score_threshold(request.threshold, run_of_checkpoint(trained.checkpoint).root,
                         request.score, trained.checkpoint.filename().string());
}

}  // namespace

EncodeResult encode_file(const TrainedModel& trained, const EncodeRequest& request) {
  check(trained, request);
  const Preprocessing& preprocessing = trained.info.preprocessing;
  std::optional<AnomalyScore> score;
  EncodeResult result;
  if (!request.scores.empty()) {
    score.emplace(request.score, trained.info.experiment, preprocessing);
    result.threshold = threshold_of(trained, request);
    result.score_unit = score->unit();
  }
  DataStream stream(request.data, preprocessing,
                    {.chunk_rows = chunk_rows(trained),
                     .device = trained.device,
                     .ids = trained.info.experiment.data.train.ids,
                     .where = request.where,
                     .keeps_values = request.fill});
  std::optional<LabelStream> labels;
  if (trained.model->classes() > 0) {
    stream.add_labels(labels.emplace(request.data, request.labels, preprocessing));
  }
  const std::vector<Quantity> wanted = quantities(trained, request);
  Outputs outputs(trained, request, wanted, score, result.threshold, stream.id_columns());
  std::vector<std::filesystem::path> inputs = {request.data};
  if (!request.labels.empty()) inputs.emplace_back(request.labels);
  check_distinct(outputs.files(), inputs);
  ThreadTeam team(trained.device.is_cpu() ? static_cast<int>(threads()) : 1);
  run_over_rows(
      stream, team, {.seed = request.seed, .device = trained.device},
      [&](const Batch& batch) { return encode_chunk(trained, request, wanted, score, batch); },
      [&](const EncodedChunk& encoded) {
        outputs.write(encoded, stream.delivered());
        result.rows += encoded.rows;
      });
  if (labels) labels->check_end();
  if (result.rows == 0) {
    throw data_error("{}: --where selects none of its rows", request.data.string());
  }
  if (const auto finding = stream.outside_training_range()) {
    if (request.strict) throw data_error("{} (refused by --strict)", *finding);
    result.warnings.push_back(*finding);
  }
  outputs.commit();
  result.files = outputs.files();
  result.anomalies = outputs.anomalies();
  result.arrangement = stream.arrangement();
  return result;
}

}  // namespace ae
