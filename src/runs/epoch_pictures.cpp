#include "runs/epoch_pictures.h"

#include <utility>

#include "core/error.h"
#include "io/atomic_file.h"

namespace ae {
namespace {

constexpr int64_t kReconstructions = 32;
constexpr int64_t kSamplesOfEpoch = 64;

}  // namespace

EpochPictures::EpochPictures(std::filesystem::path folder, int64_t every, const MonitoredRows& rows,
                             TrainingEngine& engine, Warn warn)
    : folder_(std::move(folder)),
      every_(every),
      rows_(rows),
      engine_(engine),
      warn_(std::move(warn)) {}

Observer::Action EpochPictures::on_epoch(const Trainer& trainer, const EpochMetrics& /*metrics*/) {
  const int64_t epoch = trainer.state().epoch;
  if (epoch % every_ != 0 || !rows_.can_draw()) return Action::go_on;
  const AveragedWeightsGuard averaged(engine_);
  const auto write = [&](const char* what, const std::string& png) {
    if (png.empty()) return;
    write_text_atomically(folder_ / fmt::format("epoch_{}.{}.png", epoch, what), png);
  };
  try {
    write("reconstructions", rows_.reconstructions(kReconstructions));
    write("samples", rows_.samples(kSamplesOfEpoch));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    warn_(fmt::format("{}; the picture of epoch {} is left out", error.what(), epoch));
  }
  return Action::go_on;
}

}  // namespace ae
