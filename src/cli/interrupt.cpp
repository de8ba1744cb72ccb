#include "cli/interrupt.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

namespace ae {
namespace {

std::atomic<bool> saving{false};
std::atomic<int> received{0};

void note_signal(int number) {
  if (!saving || received != 0) ::_exit(128 + number);
  received = number;
}

}  // namespace

StopOnSignal::StopOnSignal() {
  std::signal(SIGINT, note_signal);
  std::signal(SIGTERM, note_signal);
}

void StopOnSignal::begin_saving() { saving = true; }

int StopOnSignal::signal() { return received; }

Observer::Action StopOnSignal::on_step(const Trainer& /*trainer*/) {
  return received != 0 ? Action::stop : Action::go_on;
}

Observer::Action StopOnSignal::on_epoch(const Trainer& trainer,
                                        const std::vector<SplitMetrics>& /*metrics*/) {
  return on_step(trainer);
}

}  // namespace ae
