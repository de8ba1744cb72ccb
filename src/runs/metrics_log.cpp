#include "runs/metrics_log.h"

#include "core/error.h"
#include "files/atomic_file.h"

namespace ae {
namespace {

/// The complete lines of a log on the first `epochs` epochs.
std::string lines_until(const std::filesystem::path& path, int64_t epochs) {
  std::ifstream file(path);
  std::string kept;
  for (std::string line; std::getline(file, line);) {
    const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object() || !json.value("epoch", Json()).is_number_integer()) break;
    // The test split is measured when training is over: a resumed run measures it anew.
    if (json["epoch"].get<int64_t>() > epochs || json.value("split", Json()) == "test") break;
    kept += line + "\n";
  }
  return kept;
}

}  // namespace

Json metrics_json(const SplitMetrics& metrics, const TrainingState& state, int64_t width) {
  Json json = {{"step", state.step}, {"epoch", state.epoch}, {"split", metrics.split}};
  for (const auto& [name, value] : metrics.means) {
    json[name] = value;
    if (name == "squared_error") json["mse"] = value / static_cast<double>(width);
  }
  if (metrics.split == "train") {
    json["learning_rate"] = metrics.learning_rate;
    json["samples_per_second"] = metrics.samples_per_second;
    json["seconds"] = metrics.seconds;
  }
  return json;
}

MetricsLog::MetricsLog(std::filesystem::path path, int64_t epochs) : path_(std::move(path)) {
  write_text_atomically(path_, lines_until(path_, epochs));
  file_.open(path_, std::ios::app);
}

Observer::Action MetricsLog::on_epoch(const Trainer& trainer,
                                      const std::vector<SplitMetrics>& metrics) {
  for (const SplitMetrics& split : metrics) write(trainer, split);
  return Action::go_on;
}

void MetricsLog::write(const Trainer& trainer, const SplitMetrics& metrics) {
  file_ << metrics_json(metrics, trainer.state(), trainer.splits().preprocessing.width()).dump()
        << "\n"
        << std::flush;
  if (!file_) throw data_error("{}: cannot be written (disk full?)", path_.string());
}

}  // namespace ae
