#pragma once

#include <filesystem>
#include <fstream>

#include "training/trainer.h"

namespace ae {

/// One line of metrics.jsonl: step, epoch, split, the loss and its parts, mse beside squared_error.
Json metrics_json(const SplitMetrics& metrics, const TrainingState& state, int64_t width);

/// Appends a line to metrics.jsonl for each epoch and split.
class MetricsLog : public Observer {
 public:
  /// Keeps the lines on the first `epochs` epochs; a resumed run writes the later ones again.
  MetricsLog(std::filesystem::path path, int64_t epochs);

  Action on_epoch(const Trainer& trainer, const std::vector<SplitMetrics>& metrics) override;
  void write(const Trainer& trainer, const SplitMetrics& metrics);

 private:
  std::filesystem::path path_;
  std::ofstream file_;
};

}  // namespace ae
