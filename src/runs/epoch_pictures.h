#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "engine/training_engine.h"
#include "runs/monitored_rows.h"
#include "training/trainer.h"

namespace ae {

/// Writes pictures of reconstructions and samples while training goes, epoch_N.reconstructions.png
/// and epoch_N.samples.png. A picture that cannot be written is skipped with a warning.
class EpochPictures : public Observer {
 public:
  using Warn = std::function<void(const std::string&)>;

  /// The arguments must outlive this. @param every  epochs between pictures
  EpochPictures(std::filesystem::path folder, int64_t every, const MonitoredRows& rows,
                TrainingEngine& engine, Warn warn);

  Action on_epoch(const Trainer& trainer, const EpochMetrics& metrics) override;

 private:
  std::filesystem::path folder_;
  int64_t every_;
  const MonitoredRows& rows_;
  TrainingEngine& engine_;
  Warn warn_;
};

}  // namespace ae
