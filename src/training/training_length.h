#pragma once

#include <cstdint>
#include <string>

#include "config/interval.h"

namespace ae {

/// Planned length of training; early stopping may end it sooner.
struct TrainingLength {
  int64_t updates_per_epoch = 1;
  int64_t epochs = 1;

  int64_t updates() const { return updates_per_epoch * epochs; }
};

/// Checks that `length`, counted from update `begin`, ends within training.
/// @param path  name of the option, for the message
/// @throws Error(usage) with the arithmetic:
///   config.json: optimizer.schedule.warm_up "20e" is 9,380 updates (469 an epoch);
///   training.epochs = 10 makes 4,690; …
void check_fits(const std::string& config, const std::string& path, const Interval& length,
                const TrainingLength& training, int64_t begin = 0);

}  // namespace ae
