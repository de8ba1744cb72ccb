#include "cli/interrupt.h"

#include <atomic>
#include <csignal>

namespace ae {
namespace {

std::atomic<int> received{0};

void note_signal(int number) {
  received = number;
  // The next one finds the default action: it ends the process.
  std::signal(number, SIG_DFL);
}

}  // namespace

StopOnSignal::StopOnSignal() {
  std::signal(SIGINT, note_signal);
  std::signal(SIGTERM, note_signal);
}

int StopOnSignal::signal() { return received; }

Observer::Action StopOnSignal::on_step(const Trainer& /*trainer*/) {
  return received != 0 ? Action::stop : Action::go_on;
}

Observer::Action StopOnSignal::on_epoch(const Trainer& trainer,
                                        const std::vector<SplitMetrics>& /*metrics*/) {
  return on_step(trainer);
}

}  // namespace ae
