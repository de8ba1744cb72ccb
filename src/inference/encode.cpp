#include "inference/encode.h"

#include <ATen/ops/cat.h>

#include <algorithm>
#include <functional>
#include <memory>

#include "core/error.h"
#include "engine/device.h"
#include "inference/data_stream.h"
#include "inference/label_stream.h"
#include "inference/row_output.h"
#include "io/path_kind.h"
#include "report/picture.h"

namespace ae {
namespace {

constexpr int64_t kPictured = 100;  // maximum number of rows in a .png

/// An output computed for each row.
struct Quantity {
  std::string name;
  std::vector<std::string> columns;
  bool scalar;  ///< one number per row: written as an array of one axis
  /// [B, …]
  std::function<at::Tensor(const at::Tensor& x, const Posterior&, const ForwardContext&)> compute;
};

std::vector<Quantity> quantities(const TrainedModel& trained, const EncodeRequest& request) {
  Autoencoder& model = *trained.model;
  const int64_t z = model.latent_dim();
  std::vector<Quantity> all;
  all.push_back({"latent", numbered("latent", z), false,
                 [](const auto&, const Posterior& p, const auto&) { return p.code(); }});
  if (request.log_variance) {
    all.push_back({"log_variance", numbered("log_variance", z), false,
                   [](const auto&, const Posterior& p, const auto&) { return p.log_variance; }});
  }
  if (request.sample) {
    all.push_back({"sample", numbered("sample", z), false,
                   [&model](const auto&, const Posterior& p, const ForwardContext& context) {
                     return model.sample(p, *context.noise);
                   }});
  }
  if (request.reconstruction_error) {
    all.push_back(
        {"reconstruction_error",
         {"reconstruction_error"},
         true,
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
  if ((request.log_variance || request.sample) && !trained.model->has_prior()) {
    throw usage_error(
        "{}: {} needs a model with a Gaussian posterior (kind \"vae\"); this one's latent \"{}\" "
        "is deterministic",
        trained.checkpoint.string(), request.log_variance ? "--log-variance" : "--sample",
        trained.info.experiment.model.latent.type());
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

/// Output of codes and further quantities: columns of one CSV file, or one .npy file each.
class CodeOutputs {
 public:
  CodeOutputs(const std::filesystem::path& out, const std::vector<Quantity>& all)
      : together_(is_csv(out)) {
    std::vector<std::string> columns;
    for (const Quantity& quantity : all) {
      columns.insert(columns.end(), quantity.columns.begin(), quantity.columns.end());
      if (together_) continue;
      const bool first = outputs_.empty();
      files.push_back(first ? out : beside(out, quantity.name));
      std::vector<int64_t> shape;
      if (!quantity.scalar) shape.push_back(static_cast<int64_t>(quantity.columns.size()));
      outputs_.push_back(open_row_output(files.back(), shape, {}));
    }
    if (!together_) return;
    files.push_back(out);
    outputs_.push_back(open_row_output(out, {}, columns));
  }

  void write(const std::vector<at::Tensor>& values) {
    if (together_) return outputs_.front()->write(at::cat(values, 1));
    for (size_t i = 0; i < values.size(); ++i) outputs_[i]->write(values[i]);
  }

  void commit() {
    for (const auto& output : outputs_) output->commit();
  }

  std::vector<std::filesystem::path> files;

 private:
  bool together_;
  std::vector<std::unique_ptr<RowOutput>> outputs_;
};

/// Output of decoded rows in the data's own units: all to a file, or the first to a picture.
class ReconstructionOutput {
 public:
  ReconstructionOutput(const TrainedModel& trained, const std::filesystem::path& path)
      : trained_(trained), path_(path) {
    const Preprocessing& data = trained.info.preprocessing;
    if (path.extension() == ".png") {
      if (!Picture::can_draw(data.shape)) {
        throw usage_error(
            "--reconstruction {}: rows of this shape cannot be drawn; choose a .npy or .csv",
            path.string());
      }
      max_pictured_ = std::min(kPictured, Picture::max_rows(data.shape));
    } else {
      output_ = trained.open_data_output(path);
    }
  }

  /// @param decoded  [n, D] scaled data
  void write(const at::Tensor& decoded) {
    if (output_) return output_->write(trained_.info.preprocessing.restored(decoded));
    if (pictured_rows_ < max_pictured_) {
      pictured_.push_back(
          decoded.narrow(0, 0, std::min(decoded.size(0), max_pictured_ - pictured_rows_)));
      pictured_rows_ += pictured_.back().size(0);
    }
  }

  void commit() {
    if (output_) return output_->commit();
    const at::Tensor rows = at::cat(pictured_);
    const auto [low, high] = drawn_range(rows);
    Picture(trained_.info.preprocessing.shape, low, high)
        .write(path_, rows, square_columns(rows.size(0)));
  }

 private:
  const TrainedModel& trained_;
  std::filesystem::path path_;
  std::unique_ptr<RowOutput> output_;
  std::vector<at::Tensor> pictured_;
  int64_t pictured_rows_ = 0;
  int64_t max_pictured_ = 0;
};

struct EncodedChunk {
  int64_t rows;
  std::vector<at::Tensor> values;  // one tensor per quantity
  at::Tensor decoded;              // undefined if not requested
};

EncodedChunk encode_chunk(const TrainedModel& trained, const EncodeRequest& request,
                          const std::vector<Quantity>& wanted, const Batch& batch) {
  const at::Tensor& x = batch.target();
  const ForwardContext context{.noise = &batch.noise(),
                               .condition = trained.model->condition(batch.labels())};
  const Posterior posterior = trained.model->encode(x, context);
  EncodedChunk encoded{x.size(0), {}, {}};
  for (const Quantity& quantity : wanted) {
    encoded.values.push_back(quantity.compute(x, posterior, context));
  }
  if (!request.reconstruction.empty()) {
    encoded.decoded = trained.model->reconstruct(posterior.code(), x, context).cpu();
  }
  return encoded;
}

/// Rows of a chunk: CPU threads work on chunks at the same time, a GPU on one.
int64_t chunk_rows(const TrainedModel& trained) {
  const int64_t rows = stream_rows(trained.model->widest());
  return trained.device.is_cpu() ? std::max<int64_t>(rows / 4, 1) : rows;
}

/// Commits all files or none.
void commit_all(CodeOutputs& outputs, ReconstructionOutput* reconstruction,
                const std::vector<std::filesystem::path>& files) {
  std::vector<bool> new_name;
  new_name.reserve(files.size());
  for (const auto& file : files) new_name.push_back(entry_kind(file) == PathKind::absent);
  try {
    // The picture first: it is only opened here, so it is the likeliest to fail.
    if (reconstruction != nullptr) reconstruction->commit();
    outputs.commit();
  } catch (const Error&) {
    std::error_code ignored;
    for (size_t i = 0; i < files.size(); ++i) {
      if (new_name[i]) std::filesystem::remove(files[i], ignored);
    }
    throw;
  }
}

}  // namespace

std::filesystem::path beside(const std::filesystem::path& path, const std::string& what) {
  std::filesystem::path other = path;
  return other.replace_extension("." + what + path.extension().string());
}

EncodeResult encode_file(const TrainedModel& trained, const EncodeRequest& request) {
  check(trained, request);
  DataStream stream(request.data, trained.info.preprocessing,
                    {.chunk_rows = chunk_rows(trained), .device = trained.device});
  std::optional<LabelStream> labels;
  if (trained.model->classes() > 0) {
    stream.add_labels(labels.emplace(request.data, request.labels, trained.info.preprocessing));
  }
  const std::vector<Quantity> wanted = quantities(trained, request);
  CodeOutputs outputs(request.out, wanted);
  std::unique_ptr<ReconstructionOutput> reconstruction;
  if (!request.reconstruction.empty()) {
    reconstruction = std::make_unique<ReconstructionOutput>(trained, request.reconstruction);
  }
  EncodeResult result{0, outputs.files, {}};
  if (reconstruction) result.files.push_back(request.reconstruction);
  std::vector<std::filesystem::path> inputs = {request.data};
  if (!request.labels.empty()) inputs.emplace_back(request.labels);
  check_distinct(result.files, inputs);
  ThreadTeam team(trained.device.is_cpu() ? static_cast<int>(threads()) : 1);
  run_over_rows(
      stream, team, {.seed = request.seed, .device = trained.device},
      [&](const Batch& batch) { return encode_chunk(trained, request, wanted, batch); },
      [&](const EncodedChunk& encoded) {
        outputs.write(encoded.values);
        if (reconstruction) reconstruction->write(encoded.decoded);
        result.rows += encoded.rows;
      });
  if (labels) labels->check_end();
  if (const auto finding = stream.outside_training_range()) {
    if (request.strict) throw data_error("{} (refused by --strict)", *finding);
    result.warnings.push_back(*finding);
  }
  commit_all(outputs, reconstruction.get(), result.files);
  result.arrangement = stream.arrangement();
  return result;
}

}  // namespace ae
