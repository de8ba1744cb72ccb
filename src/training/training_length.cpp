#include "training/training_length.h"

#include "core/error.h"
#include "core/text.h"

namespace ae {

void check_fits(const std::string& config, const std::string& path, const Interval& length,
                const TrainingLength& training, int64_t begin) {
  const int64_t updates = length.updates(training.updates_per_epoch);
  if (updates <= training.updates() - begin) return;
  const std::string after = begin == 0 ? "" : fmt::format(" after the first {}", grouped(begin));
  throw usage_error(
      "{}: {} \"{}\" is {} update{}{} ({} an epoch); training.epochs = {} makes {}; shorten it or "
      "train longer",
      config, path, length.text(), grouped(updates), updates == 1 ? "" : "s", after,
      grouped(training.updates_per_epoch), training.epochs, grouped(training.updates()));
}

}  // namespace ae
