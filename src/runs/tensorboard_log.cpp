#include "runs/tensorboard_log.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "config/writer.h"
#include "core/clock.h"
#include "core/error.h"
#include "report/metrics_log.h"

namespace ae {
namespace {

constexpr double kMostTime = 0.02;  // share of training's time for histograms and pictures
constexpr int64_t kHistogramRows = 1000;
constexpr int64_t kHistogramWeights = 100'000;  // of a tensor, evenly spaced
constexpr int64_t kEventPictures = 16;

/// Options of a config that are one value, by their paths.
void add_hyperparameters(const Json& json, const std::string& path, Hyperparameters& out) {
  for (const auto& [key, value] : json.items()) {
    const std::string name = path.empty() ? key : path + "." + key;
    if (value.is_object()) {
      add_hyperparameters(value, name, out);
    } else if (value.is_boolean()) {
      out.emplace_back(name, value.get<bool>());
    } else if (value.is_number()) {
      out.emplace_back(name, value.get<double>());
    } else if (!value.is_null()) {
      out.emplace_back(name, value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
}

/// Hyperparameters of the run: without those of its files.
Hyperparameters hyperparameters(const Json& config) {
  Hyperparameters out;
  for (const auto& [key, value] : config.items()) {
    if (key == "name" || key == "data" || key == "logging") continue;
    add_hyperparameters(value.is_object() ? value : Json{{key, value}},
                        value.is_object() ? key : "", out);
  }
  return out;
}

void add_scalars(const SplitMetrics& metrics, const Trainer& trainer, EventSummary& summary) {
  const Json json = metrics_json(metrics, trainer.state(), trainer.splits().preprocessing.width());
  for (const auto& [name, value] : json.items()) {
    if (!value.is_number() || name == "step") continue;
    if (name == "epoch" && metrics.split != "train") continue;
    summary.scalar(fmt::format("{}/{}", metrics.split, name), value.get<float>());
  }
}

/// Values of a tensor as float32, at most kHistogramWeights of them.
std::vector<float> values_of(const at::Tensor& tensor) {
  const int64_t every = std::max<int64_t>(1, tensor.numel() / kHistogramWeights);
  const at::Tensor values =
      tensor.flatten().slice(0, 0, std::nullopt, every).to(at::kCPU, at::kFloat).contiguous();
  return {values.const_data_ptr<float>(), values.const_data_ptr<float>() + values.numel()};
}

}  // namespace

TensorBoardLog::TensorBoardLog(const std::filesystem::path& folder,
                               std::optional<int64_t> resumed_step, const MonitoredRows& rows,
                               TrainingEngine& engine, Warn warn)
    : file_(EventFile::open(folder, resumed_step, warn)),
      rows_(rows),
      engine_(engine),
      warn_(std::move(warn)) {}

void TensorBoardLog::on_begin(const Trainer& trainer) {
  begin_seconds_ = monotonic_seconds();
  if (file_.is_continued()) return;
  const Json config = options_json(trainer.experiment());
  std::string text = "```json\n";
  text += config.dump(2);
  text += "\n```";
  std::vector<std::string> metrics = {"train/loss"};
  if (trainer.splits().validation) metrics.emplace_back("validation/loss");
  if (trainer.splits().test) metrics.emplace_back("test/loss");
  EventSummary summary;
  summary.session_start(hyperparameters(config), metrics).text("config", text);
  file_.write(trainer.state().step, summary);
  flush();
}

Observer::Action TensorBoardLog::on_epoch(const Trainer& trainer, const EpochMetrics& metrics) {
  EventSummary summary;
  add_scalars(metrics.train, trainer, summary);
  if (metrics.validation) add_scalars(*metrics.validation, trainer, summary);
  file_.write(trainer.state().step, summary);
  const double now = monotonic_seconds();
  const bool is_first = spent_seconds_ == 0;
  const bool is_last = is_done(trainer.experiment().training, trainer.state());
  if (is_first || is_last || spent_seconds_ < kMostTime * (now - begin_seconds_)) {
    write_epoch(trainer);
    spent_seconds_ += monotonic_seconds() - now;
  }
  flush();
  return Action::go_on;
}

void TensorBoardLog::write_epoch(const Trainer& trainer) {
  EventSummary summary;
  for (const FlatParameters::Slice& slice : engine_.parameters().slices()) {
    const at::Tensor weights = engine_.parameters().values().narrow(0, slice.offset, slice.count);
    summary.histogram("weights/" + slice.name, values_of(weights));
  }
  {
    const AveragedWeightsGuard averaged(engine_);
    summary.histogram("codes", values_of(rows_.codes(kHistogramRows)));
    if (rows_.can_draw()) {
      summary.image("reconstructions", rows_.reconstructions(kEventPictures));
      const std::string samples = rows_.samples(kEventPictures);
      if (!samples.empty()) summary.image("samples", samples);
    }
  }
  file_.write(trainer.state().step, summary);
}

void TensorBoardLog::on_failure(const Trainer& trainer) {
  file_.write(trainer.state().step, EventSummary().session_end(SessionStatus::failure));
  flush();
}

void TensorBoardLog::finish(const Trainer& trainer, const SplitMetrics* test) {
  if (test != nullptr) {
    EventSummary summary;
    add_scalars(*test, trainer, summary);
    file_.write(trainer.state().step, summary);
  }
  file_.write(trainer.state().step, EventSummary().session_end(SessionStatus::success));
  file_.sync();
}

void TensorBoardLog::flush() {
  try {
    file_.flush();
    if (warned_) warn_(fmt::format("{}: writing works again", file_.path().string()));
    warned_ = false;
  } catch (const Error& error) {
    if (!warned_) {
      warn_(fmt::format("{}; events are kept in memory and written later", error.what()));
    }
    warned_ = true;
  }
}

}  // namespace ae
